// Mini-batches of couplings: every walker keeps each coupling with probability threshold / 65536, anew at every step.
#ifndef GLASS_BATCH_CL
#define GLASS_BATCH_CL
#include "descend.cl"

#if IS_GPU
#define OUTLINE
#else
#define OUTLINE __attribute__((noinline))    // one copy: the build takes a third of the time
#endif

// threshold 65536: no mini-batch. planes[p]: bit 15 - p of the threshold in every bit; calls of Philox that the
// comparison may need.
typedef struct {
    uintv planes[16];
    key_schedule keys;
    uint calls, threshold, key0, key1;
} keeper;

inline keeper keeper_of(__global const float *dials, uint key0, uint key1)
{
    keeper k;
    k.keys = schedule_of(key0, key1);
    k.key0 = key0;
    k.key1 = key1;
    k.threshold = 65536u;
    if ((int)dials[DIAL_OPTIMIZER] == RULE_SGD)
        k.threshold = (uint)clamp(dials[DIAL_BATCH] * 65536.0f + 0.5f, 1.0f, 65536.0f);
    for (int p = 0; p < 16; ++p) k.planes[p] = (uintv)(0u - ((k.threshold >> (15 - p)) & 1u));
    uint needed = 16;
    while (needed > 1 && !((k.threshold >> (16 - needed)) & 1u)) --needed;
    k.calls = (needed + 3) / 4;
    return k;
}

inline float kept_fraction(const keeper *k) { return (float)k->threshold / 65536.0f; }

inline bool any_bit(uintv x)
{
#if LANES == 8
    const uint4 h = x.lo | x.hi;
    const uint2 q = h.lo | h.hi;
    return (q.x | q.y) != 0u;
#else
    return x != 0u;
#endif
}

// Which couplings of a block are kept: bit 31 - (4 (k % 8) + row), so that a shift to the left by that number puts it
// into the sign. 32 numbers of 16 bits are compared with the threshold at once, bit plane after bit plane from the
// highest, by four planes a Philox call (step, walker, 4 block + call, STREAM_BATCH + p), until all are decided.
inline void compare_planes(uintv *word, uintv *undecided, const bits4 *r, const uintv *threshold)
{
    const uintv plane[4] = {r->w0, r->w1, r->w2, r->w3};
#pragma unroll
    for (int p = 0; p < 4; ++p) {
        const uintv differs = plane[p] ^ threshold[p];
        *word |= *undecided & differs & threshold[p];   // below the threshold, decided at this plane
        *undecided &= ~differs;
    }
}

#if ACROSS_WALKERS
// The words of blocks 2 pair and 2 pair + 1 for the walkers in the lanes: two at once, for one would wait on itself.
OUTLINE void keep_words(uintv *word, uintv walker, uint pair, const keeper *k, uint step, uint stream)
{
    uintv w0 = (uintv)(0u), w1 = w0, left0 = (uintv)(0xffffffffu), left1 = left0;
    for (uint call = 0; call < k->calls; ++call) {
        const bits4 r0 = philox_walkers(step, walker, pair * 8u + call, stream, k->key0, k->key1, &k->keys);
        const bits4 r1 = philox_walkers(step, walker, pair * 8u + 4u + call, stream, k->key0, k->key1, &k->keys);
        compare_planes(&w0, &left0, &r0, k->planes + 4 * call);
        compare_planes(&w1, &left1, &r1, k->planes + 4 * call);
        if (!any_bit(left0 | left1)) break;
    }
    word[0] = w0;
    word[1] = w1;
}
#else
// The words of eight blocks in the lanes, for one walker.
OUTLINE uintv keep_words(uint walker, uintv block, const keeper *k, uint step, uint stream)
{
    uintv word = (uintv)(0u), left = (uintv)(0xffffffffu);
    for (uint call = 0; call < k->calls; ++call) {
        const bits4 r = philox((uintv)(step), (uintv)(walker), block * 4u + call, (uintv)(stream), k->key0, k->key1);
        compare_planes(&word, &left, &r, k->planes + 4 * call);
        if (!any_bit(left)) break;
    }
    return word;
}
#endif

// one where the sign bit is set, else 0
#define KEEP(one, bits) AS_REAL(AS_UINT(one) & AS_UINT(AS_INT(bits) >> 31))
#endif
