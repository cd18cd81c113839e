// The spherical p-spin glass, p = 2, 3, 4 mixed: H = -Delta sum C_hijk s_h s_i s_j s_k (and 3, and 2 indices) over
// size > h >= i >= j >= k, with the funnel and the update rules of descend.cl.
//
// Couplings. For one prefix (h, i of p = 4; i of p = 3; none of p = 2, as if i = size - 1) the pairs i >= j >= k are
// packed in the order in which they are read: tiles of 4 rows j, blocks of 8 columns k,
//     c[block][row j % 4][k % 8],   blocks (j / 4, k / 8) with k / 8 <= j / 8, k fastest,
// prefixes in the order (h, i), sample after sample. Pairs with k > j or j > i, or beyond size, are zero. C_hijk has
// variance (number of distinct orderings) a_p^2 / (2 size^(p-1)), so that the covariance is exact at every size.
// orders: bit p - 2 is set where couplings of p spins exist. blocks_p: blocks of one sample.
//
// State, all float32: see descend.cl for x, v, m2, x0, g: one tile of `padded` components after another, padded = size
// rounded up to 8; tile = sample * tiles + tile of the sample, walker = sample * replicas + replica.
// xi[sample][padded]. trace[step][4][slots], slots = walkers of all tiles, those beyond `replicas` among them.
// cuts[part][5] = (i3, block3, h4, i4, block4): prefix and block at which each part begins, and one row for the end.
#define TILE 1
#include "descend.cl"

#define BLOCK 32
#define ORDER_2 1u
#define ORDER_3 2u
#define ORDER_4 4u

#if ACROSS_WALKERS
#define TILE_ROWS(padded) (padded)
#define GRADIENT_ROWS(padded) (padded)
#else
#if LANES != 8
#error "components across the lanes need LANES 8"
#endif
#define TILE_ROWS(padded) ((padded) / LANES)
#define GRADIENT_ROWS(padded) (2 * TILE_ROWS(padded))   // components across the lanes keep a second half
#endif
#if IS_GPU
#define OUTLINE
#else
#define OUTLINE __attribute__((noinline))    // one copy: the build takes a third of the time
#endif

// Blocks of one prefix with j <= i.
inline uint blocks_of(uint i) { const uint m = i / 4; return m + 1 + m * m / 4; }

// ---- Mini-batches: every walker keeps each coupling with probability threshold / 65536 ----

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

// ---- One prefix: with F = sum over i >= j >= k of C_jk s_j s_k, add weight dF/ds to g and give F ----

#if ACROSS_WALKERS
// Written out, for arrays of registers in loops end in memory. TAKE(r, e): row r of the tile, column e of a half block;
// t_r += C s_k, g_k += C w_r. A half block on the diagonal is a triangle: row r has r + 1 columns.
#define COLUMN(e, takes) { const realv sk = s[AT(k + e, 0)]; realv gk = g[AT(k + e, 0)]; takes g[AT(k + e, 0)] = gk; }
#define SQUARE_4(T) COLUMN(0, T(0, 0) T(1, 0) T(2, 0) T(3, 0)) COLUMN(1, T(0, 1) T(1, 1) T(2, 1) T(3, 1)) \
                    COLUMN(2, T(0, 2) T(1, 2) T(2, 2) T(3, 2)) COLUMN(3, T(0, 3) T(1, 3) T(2, 3) T(3, 3))
#define TRIANGLE_4(T) COLUMN(0, T(0, 0) T(1, 0) T(2, 0) T(3, 0)) COLUMN(1, T(1, 1) T(2, 1) T(3, 1)) \
                      COLUMN(2, T(2, 2) T(3, 2)) COLUMN(3, T(3, 3))
#define SQUARE_2(T) COLUMN(0, T(0, 0) T(1, 0)) COLUMN(1, T(0, 1) T(1, 1)) COLUMN(2, T(0, 2) T(1, 2)) \
                    COLUMN(3, T(0, 3) T(1, 3))
#define TRIANGLE_2(T) COLUMN(0, T(0, 0) T(1, 0)) COLUMN(1, T(1, 1))
#define COLUMNS(k) (c + (k) / 8 * BLOCK + (k) % 8)

OUTLINE realv prefix(__global const float *restrict c, uint i, realv weight, __global const realv *restrict s,
                     __global realv *restrict g, uint stride)
{
#define TAKE(r, e) { const realv one = (realv)(columns[r * 8 + e]); t##r[e & 1] += one * sk; gk += one * w##r; }
    const realv zero = (realv)(0.0f);
    realv total = zero;
    uint j = 0;
    for (; j + 2 <= i; c += (j / 8 + 1) * BLOCK, j += 4) {
        const realv s0 = s[AT(j, 0)], s1 = s[AT(j + 1, 0)], s2 = s[AT(j + 2, 0)], s3 = s[AT(j + 3, 0)];
        const realv w0 = weight * s0, w1 = weight * s1, w2 = weight * s2, w3 = weight * s3;
        realv t0[2] = {zero, zero}, t1[2] = {zero, zero}, t2[2] = {zero, zero}, t3[2] = {zero, zero};
        uint k = 0;
        for (; k < j; k += 4) {
            __global const float *columns = COLUMNS(k);
            SQUARE_4(TAKE)
        }
        __global const float *columns = COLUMNS(k);
        TRIANGLE_4(TAKE)
        t0[0] += t0[1];
        t1[0] += t1[1];
        t2[0] += t2[1];
        t3[0] += t3[1];
        g[AT(j, 0)] += weight * t0[0];
        g[AT(j + 1, 0)] += weight * t1[0];
        g[AT(j + 2, 0)] += weight * t2[0];
        g[AT(j + 3, 0)] += weight * t3[0];
        total += s0 * t0[0] + s1 * t1[0] + (s2 * t2[0] + s3 * t3[0]);
    }
    if (j <= i) {   // of the last four rows one or two are there
        const realv s0 = s[AT(j, 0)], s1 = s[AT(j + 1, 0)], w0 = weight * s0, w1 = weight * s1;
        realv t0[2] = {zero, zero}, t1[2] = {zero, zero};
        uint k = 0;
        for (; k < j; k += 4) {
            __global const float *columns = COLUMNS(k);
            SQUARE_2(TAKE)
        }
        __global const float *columns = COLUMNS(k);
        TRIANGLE_2(TAKE)
        t0[0] += t0[1];
        t1[0] += t1[1];
        g[AT(j, 0)] += weight * t0[0];
        g[AT(j + 1, 0)] += weight * t1[0];
        total += s0 * t0[0] + s1 * t1[0];
    }
    return total;
#undef TAKE
}

// The same with a mini-batch: g and *kept take the couplings that are kept, F takes all.
OUTLINE realv prefix_batch(__global const float *restrict c, uint i, realv weight, __global const realv *restrict s,
                           __global realv *restrict g, uint stride, realv *kept, uint block, const keeper *keep,
                           uint first, uint step, uint stream)
{
#define TAKE(r, e) { const realv one = (realv)(columns[r * 8 + e]), mine = KEEP(one, word << (uint)(4 * e + r)); \
                     t##r += one * sk; u##r += mine * sk; gk += mine * w##r; }
    const uintv walker = first + LANE;
    uintv words[2];
    uint known = 0xffffffffu;
    realv total = (realv)(0.0f), some = (realv)(0.0f);
    for (uint j = 0; j <= i; c += (j / 8 + 1) * BLOCK, block += j / 8 + 1, j += 4) {
        const realv s0 = s[AT(j, 0)], s1 = s[AT(j + 1, 0)], s2 = s[AT(j + 2, 0)], s3 = s[AT(j + 3, 0)];
        const realv w0 = weight * s0, w1 = weight * s1, w2 = weight * s2, w3 = weight * s3;
        realv t0 = (realv)(0.0f), t1 = t0, t2 = t0, t3 = t0, u0 = t0, u1 = t0, u2 = t0, u3 = t0;
        uintv word = (uintv)(0u);
        for (uint k = 0; k <= j; k += 4) {
            __global const float *columns = COLUMNS(k);
            if (k % 8 == 0) {
                const uint here = block + k / 8;
                if (here / 2 != known) {
                    known = here / 2;
                    keep_words(words, walker, known, keep, step, stream);
                }
                word = words[here % 2];
            }
            SQUARE_4(TAKE)
            word <<= 16u;
        }
        g[AT(j, 0)] += weight * u0;
        g[AT(j + 1, 0)] += weight * u1;
        g[AT(j + 2, 0)] += weight * u2;
        g[AT(j + 3, 0)] += weight * u3;
        total += s0 * t0 + s1 * t1 + (s2 * t2 + s3 * t3);
        some += s0 * u0 + s1 * u1 + (s2 * u2 + s3 * u3);
    }
    *kept = some;
    return total;
#undef TAKE
}

// Component i as one number a lane, and a sum into component i of g.
#define COMPONENT(x, i) ((x)[AT(i, 0)])
#define ADD_TO(g, i, add) ((g)[AT(i, 0)] += (add))
#else
// The sums of a, b, c, d over their lanes.
inline float4 across4(float8 a, float8 b, float8 c, float8 d)
{
    const float4 ah = a.lo + a.hi, bh = b.lo + b.hi, ch = c.lo + c.hi, dh = d.lo + d.hi;
    const float4 ab = (float4)(ah.even, bh.even) + (float4)(ah.odd, bh.odd);
    const float4 cd = (float4)(ch.even, dh.even) + (float4)(ch.odd, dh.odd);
    return (float4)(ab.even, cd.even) + (float4)(ab.odd, cd.odd);
}

// Components across the lanes. Contributions through j go to the second half of g (from row `rows` on), in fours: they
// would else wait for each other with those through k, in eights.
OUTLINE realv prefix(__global const float *restrict c, uint i, realv weight, __global const realv *restrict s,
                     __global realv *restrict g, uint rows)
{
    __global const float8 *restrict block = (__global const float8 *)c;
    __global const float4 *restrict sj = (__global const float4 *)s;
    __global float4 *restrict gj = (__global float4 *)(g + rows);
    const float scale = FIRST(weight);
    float4 total = (float4)(0.0f);
    for (uint j = 0; j <= i / 4; ++j) {
        const float4 four = sj[j], w = scale * four;
        const float8 w0 = (float8)(w.x), w1 = (float8)(w.y), w2 = (float8)(w.z), w3 = (float8)(w.w);
        float8 t0 = (float8)(0.0f), t1 = t0, t2 = t0, t3 = t0;
        for (uint k = 0; k <= j / 2; ++k, block += 4) {
            const float8 c0 = block[0], c1 = block[1], c2 = block[2], c3 = block[3], sk = s[k];
            t0 += c0 * sk;
            t1 += c1 * sk;
            t2 += c2 * sk;
            t3 += c3 * sk;
            g[k] += (c0 * w0 + c1 * w1) + (c2 * w2 + c3 * w3);
        }
        const float4 t = across4(t0, t1, t2, t3);
        gj[j] += scale * t;
        total += four * t;
    }
    return (realv)(total.x + total.y + total.z + total.w);
}

OUTLINE realv prefix_batch(__global const float *restrict c, uint i, realv weight, __global const realv *restrict s,
                           __global realv *restrict g, uint rows, realv *kept, uint first, const keeper *keep,
                           uint walker, uint step, uint stream)
{
    __global const float8 *restrict block = (__global const float8 *)c;
    __global const float4 *restrict sj = (__global const float4 *)s;
    __global float4 *restrict gj = (__global float4 *)(g + rows);
    const float scale = FIRST(weight);
    const uintv to_sign = 4u * LANE;
    float4 total = (float4)(0.0f), some = total;
    union { uint8 eight; uint one[8]; } words;      // of eight blocks at once: 8 n, ..., 8 n + 7
    uint known = 0xffffffffu;
    for (uint j = 0; j <= i / 4; ++j) {
        const float4 four = sj[j], w = scale * four;
        const float8 w0 = (float8)(w.x), w1 = (float8)(w.y), w2 = (float8)(w.z), w3 = (float8)(w.w);
        float8 t0 = (float8)(0.0f), t1 = t0, t2 = t0, t3 = t0, u0 = t0, u1 = t0, u2 = t0, u3 = t0;
        for (uint k = 0; k <= j / 2; ++k, block += 4, ++first) {
            if (first / 8 != known) {
                known = first / 8;
                words.eight = keep_words(walker, known * 8 + LANE, keep, step, stream);
            }
            const uintv bits = (uintv)(words.one[first % 8]) << to_sign;
            const float8 c0 = block[0], c1 = block[1], c2 = block[2], c3 = block[3], sk = s[k];
            const float8 m0 = KEEP(c0, bits), m1 = KEEP(c1, bits << 1u), m2 = KEEP(c2, bits << 2u);
            const float8 m3 = KEEP(c3, bits << 3u);
            t0 += c0 * sk;
            t1 += c1 * sk;
            t2 += c2 * sk;
            t3 += c3 * sk;
            u0 += m0 * sk;
            u1 += m1 * sk;
            u2 += m2 * sk;
            u3 += m3 * sk;
            g[k] += (m0 * w0 + m1 * w1) + (m2 * w2 + m3 * w3);
        }
        const float4 t = across4(t0, t1, t2, t3), u = across4(u0, u1, u2, u3);
        gj[j] += scale * u;
        total += four * t;
        some += four * u;
    }
    *kept = (realv)(some.x + some.y + some.z + some.w);
    return (realv)(total.x + total.y + total.z + total.w);
}

#define COMPONENT(x, i) ((realv)(((__global const float *)(x))[i]))
#define ADD_TO(g, i, add) (((__global float *)(g + TILE_ROWS(padded)))[i] += FIRST(add))
#endif

// ---- The gradient of one tile ----

// Everything that a gradient needs to know, but for the tile. c: couplings of the tile's sample.
typedef struct {
    __global const float *c2, *c3, *c4;
    __global const uint *cuts;
    uint size, padded, stride, orders, step;
    keeper keep;
} task;

inline task task_of(__global const float *c2, __global const float *c3, __global const float *c4,
                    __global const uint *cuts, uint sample, uint size, uint padded, uint stride, uint orders,
                    uint blocks2, uint blocks3, uint blocks4)
{
    const size_t samples = (size_t)sample * BLOCK;
    task a;
    a.c2 = c2 + samples * blocks2;
    a.c3 = c3 + samples * blocks3;
    a.c4 = c4 + samples * blocks4;
    a.cuts = cuts;
    a.size = size;
    a.padded = padded;
    a.stride = stride;
    a.orders = orders;
    a.step = 0;
    a.keep.threshold = 65536u;
    return a;
}

// g = gradient and energy = value of sum C s..s (no sign, no roughness; a mini-batch's g not divided by its fraction)
// for the prefixes between cuts[0] and cuts[1] (p = 2: if `two`).
inline realv gradient(const task *a, bool two, __global const realv *x, __global realv *g, uint walker)
{
    const uint padded = a->padded, stride = a->stride;
#if ACROSS_WALKERS
    const uint layout = stride;
#else
    const uint layout = TILE_ROWS(padded);
#endif
    realv energy = (realv)(0.0f);
    for (uint i = 0; i < GRADIENT_ROWS(padded); ++i) g[AT(i, 0)] = (realv)(0.0f);
    for (uint p = 2; p <= 4; ++p) {
        if (!((a->orders >> (p - 2)) & 1u) || (p == 2 && !two)) continue;
        __global const float *c = p == 2 ? a->c2 : p == 3 ? a->c3 : a->c4;
        // prefixes from (h, i) to (last, end): h counts for p = 4 alone, i is size - 1 for p = 2
        uint h = 0, last = 0, i = a->size - 1, end = a->size, block = 0;
        if (p == 3) {
            i = a->cuts[0];
            block = a->cuts[1];
            end = a->cuts[5];
        } else if (p == 4) {
            h = a->cuts[2];
            i = a->cuts[3];
            block = a->cuts[4];
            last = a->cuts[7];
            end = a->cuts[8];
        }
        for (; h < last || (h == last && i < end); ++h, i = 0) {
            const uint here = h < last ? h + 1 : end;
            const realv outer = p == 4 ? COMPONENT(x, h) : (realv)(1.0f);
            realv top = (realv)(0.0f), whole = top;
            for (; i < here; ++i) {
                const realv inner = p > 2 ? COMPONENT(x, i) : (realv)(1.0f);
                __global const float *from = c + (size_t)block * BLOCK;
                realv sum, kept;
                if (a->keep.threshold < 65536u) {
                    sum = prefix_batch(from, i, outer * inner, x, g, layout, &kept, block, &a->keep, walker, a->step,
                                       STREAM_BATCH + p);
                } else {
                    kept = sum = prefix(from, i, outer * inner, x, g, layout);
                }
                block += blocks_of(i);
                if (p > 2) ADD_TO(g, i, outer * kept);
                top += inner * kept;
                whole += inner * sum;
            }
            if (p == 4) ADD_TO(g, h, top);
            energy += outer * whole;
        }
    }
#if !ACROSS_WALKERS
    for (uint i = 0; i < TILE_ROWS(padded); ++i) g[i] += g[TILE_ROWS(padded) + i];
#endif
    return energy;
}

// ---- Kernels ----

// Couplings of p spins; work-item = sample * size + the prefix's first index (p = 2: work-item = sample).
// amplitude = a_p / sqrt(2 size^(p-1)). Number `row` of normal4 at (p, sample, 8 block + column, STREAM_DISORDER).
inline float orderings(uint p, bool hi, bool ij, bool jk)
{
    float count = p == 4 ? 24.0f : p == 3 ? 6.0f : 2.0f, run = 1.0f;
    if (p == 4 && hi) { run += 1.0f; count /= run; } else run = 1.0f;
    if (p >= 3 && ij) { run += 1.0f; count /= run; } else run = 1.0f;
    if (jk) { run += 1.0f; count /= run; }
    return count;
}

inline uint draw_prefix(__global float *c, uint p, uint h, uint i, uint block, uint size, uint sample, float amplitude,
                        uint key0, uint key1)
{
    for (uint j = 0; j <= i; j += 4) {
        for (uint k = 0; k <= j; k += 8, ++block) {
            for (uint e = 0; e < 8; e += LANES) {
                const uintv column = k + e + LANE;
                const real4v z = normal4((uintv)(p), (uintv)(sample), block * 8 + e + LANE, (uintv)(STREAM_DISORDER),
                                         key0, key1);
                const realv row[4] = {z.a, z.b, z.c, z.d};
                for (uint r = 0; r < 4; ++r) {
                    const uint at = j + r;
                    const float below = sqrt(orderings(p, h == i, i == at, false)) * amplitude;
                    const float on = sqrt(orderings(p, h == i, i == at, true)) * amplitude;
                    const uintv under = at <= i ? LESS(column, (uintv)(at)) : (uintv)(0u);
                    const uintv upto = at <= i ? LESS(column, (uintv)(at + 1)) : (uintv)(0u);
                    const realv factor = AS_REAL(CHOOSE(under, AS_UINT((realv)(below)), AS_UINT((realv)(on)) & upto));
                    *(__global realv *)(c + (size_t)block * BLOCK + r * 8 + e) = factor * row[r];
                }
            }
        }
    }
    return block;
}

__kernel void draw(__global float *c, uint p, uint size, uint blocks, float amplitude, uint key0, uint key1)
{
    const uint item = get_global_id(0);
    const uint sample = p == 2 ? item : item / size, first = p == 2 ? size - 1 : item % size;
    c += (size_t)sample * blocks * BLOCK;
    uint block = 0, below = 0;
    if (p == 3)
        for (uint i = 0; i < first; ++i) block += blocks_of(i);
    if (p == 4)
        for (uint h = 0; h < first; ++h) { below += blocks_of(h); block += below; }
    if (p == 4) {
        for (uint i = 0; i <= first; ++i)
            block = draw_prefix(c, p, first, i, block, size, sample, amplitude, key0, key1);
    } else {
        draw_prefix(c, p, size, first, block, size, sample, amplitude, key0, key1);
    }
}

// xi[sample][padded]; work-item = sample.
__kernel void native_states(__global float *xi, uint size, uint padded, uint key0, uint key1)
{
    const uint sample = get_global_id(0);
    native_state(xi + (size_t)sample * padded, size, padded, sample, key0, key1);
}

// x and x0 at the start; work-item = tile.
__kernel void start(__global realv *x, __global realv *x0, __global const float *xi, int kind, uint size, uint padded,
                    uint tiles, uint replicas, uint stride, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles;
    const uint rows = TILE_ROWS(padded);
    x += TILE_BASE(tile, rows);
    x0 += TILE_BASE(tile, rows);
    start_tile(x, xi + (size_t)sample * padded, kind, size, stride, sample * replicas, tile % tiles * WALKERS, key0,
               key1);
    for (uint i = 0; i < rows; ++i) x0[AT(i, 0)] = x[AT(i, 0)];
}

// n steps from `step` on; work-item = tile. Each walker on its own: nothing meets between the steps.
__kernel void steps(__global const float *c2, __global const float *c3, __global const float *c4,
                    __global const uint *cuts, __global realv *x, __global realv *v, __global realv *m2,
                    __global const realv *x0, __global const float *xi, __global realv *g, __global const float *dials,
                    __global float *trace, uint size, uint padded, uint tiles, uint replicas, uint stride, uint orders,
                    uint blocks2, uint blocks3, uint blocks4, uint step, uint n, uint since, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles, slots = stride * WALKERS;
    const uint walker = sample * replicas + tile % tiles * WALKERS;
    const size_t base = TILE_BASE(tile, TILE_ROWS(padded));
    task a = task_of(c2, c3, c4, cuts, sample, size, padded, stride, orders, blocks2, blocks3, blocks4);
    a.keep = keeper_of(dials, key0, key1);
    const float fraction = kept_fraction(&a.keep);
    g += TILE_BASE(tile, GRADIENT_ROWS(padded));
    for (uint k = 0; k < n; ++k) {
        a.step = step + k;
        const realv energy = fraction * gradient(&a, true, x + base, g, walker);
        descend(x + base, v + base, m2 + base, x0 + base, xi + (size_t)sample * padded, g, &energy,
                -dials[DIAL_ROUGHNESS] / fraction, size, stride, walker, step + k, since, key0, key1, dials,
                trace + (size_t)k * 4 * slots + tile * WALKERS, slots);
    }
}

// The same in two kernels a step for few walkers of a large glass. clock[0] is the step of `parts`, clock[1] that of
// `update`; each kernel leaves the other's, so that no argument changes between the steps.
// parts: work-item = part * stride + tile, partial[part] holds as much as g, energies[part][slots].
__kernel void parts(__global const float *c2, __global const float *c3, __global const float *c4,
                    __global const uint *cuts, __global const realv *x, __global realv *partial,
                    __global float *energies, __global const float *dials, __global uint *clock, uint size, uint padded,
                    uint tiles, uint replicas, uint stride, uint orders, uint blocks2, uint blocks3, uint blocks4,
                    uint key0, uint key1)
{
    const uint part = get_global_id(0) / stride, tile = get_global_id(0) % stride, sample = tile / tiles;
    task a = task_of(c2, c3, c4, cuts + part * 5, sample, size, padded, stride, orders, blocks2, blocks3, blocks4);
    a.keep = keeper_of(dials, key0, key1);
    a.step = clock[0];
    partial += (size_t)part * stride * GRADIENT_ROWS(padded) + TILE_BASE(tile, GRADIENT_ROWS(padded));
    const realv energy = gradient(&a, part == 0, x + TILE_BASE(tile, TILE_ROWS(padded)), partial,
                                  sample * replicas + tile % tiles * WALKERS);
    PUT(energies + ((size_t)part * stride + tile) * WALKERS, 0, energy);
    if (get_global_id(0) == 0) clock[1] = a.step;
}

// update: work-item = tile. trace[step - first][4][slots].
__kernel void update(__global realv *x, __global realv *v, __global realv *m2, __global const realv *x0,
                     __global const float *xi, __global realv *partial, __global const float *energies,
                     __global const float *dials, __global float *trace, __global uint *clock, uint size, uint padded,
                     uint tiles, uint replicas, uint stride, uint count, uint first, uint since, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles, slots = stride * WALKERS;
    const uint step = clock[1];
    const size_t base = TILE_BASE(tile, TILE_ROWS(padded)), copy = (size_t)stride * GRADIENT_ROWS(padded);
    const keeper keep = keeper_of(dials, key0, key1);
    __global realv *g = partial + TILE_BASE(tile, GRADIENT_ROWS(padded));
    realv energy = (realv)(0.0f);
    for (uint part = 0; part < count; ++part) {
        __global const float *row = energies + ((size_t)part * stride + tile) * WALKERS;
#if ACROSS_WALKERS
        energy += *(__global const realv *)row;
#else
        energy += (realv)(*row);
#endif
        if (part > 0)
            for (uint i = 0; i < TILE_ROWS(padded); ++i) g[AT(i, 0)] += g[part * copy + AT(i, 0)];
    }
    energy *= kept_fraction(&keep);
    descend(x + base, v + base, m2 + base, x0 + base, xi + (size_t)sample * padded, g, &energy,
            -dials[DIAL_ROUGHNESS] / kept_fraction(&keep), size, stride, sample * replicas + tile % tiles * WALKERS,
            step, since, key0, key1, dials, trace + (size_t)(step - first) * 4 * slots + tile * WALKERS, slots);
    if (get_global_id(0) == 0) clock[0] = step + 1;
}

// Energy and gradient of the glass (roughness 1, no funnel) at the points x; work-item = tile. energies[slots].
__kernel void evaluate(__global const float *c2, __global const float *c3, __global const float *c4,
                       __global const uint *cuts, __global const realv *x, __global realv *g, __global float *energies,
                       uint size, uint padded, uint tiles, uint stride, uint orders, uint blocks2, uint blocks3,
                       uint blocks4)
{
    const uint tile = get_global_id(0);
    const task a = task_of(c2, c3, c4, cuts, tile / tiles, size, padded, stride, orders, blocks2, blocks3, blocks4);
    g += TILE_BASE(tile, GRADIENT_ROWS(padded));
    PUT(energies + tile * WALKERS, 0, -gradient(&a, true, x + TILE_BASE(tile, TILE_ROWS(padded)), g, 0));
    for (uint i = 0; i < TILE_ROWS(padded); ++i) g[AT(i, 0)] = -g[AT(i, 0)];
}

// Half of the Hessian of sum C s..s at s[padded] (the sum of it and its transpose is the Hessian), prefixes shared
// out among the parts; work-item = part. one_side[part][padded][padded], z[part][padded] scratch; both zero before.
inline float hessian_prefix(__global const float *c, uint i, float weight, __global const float *s,
                            __global float *one_side, __global float *z, uint padded)
{
    float sum = 0.0f;
    for (uint k = 0; k < padded; ++k) z[k] = 0.0f;
    for (uint j = 0; j <= i; j += 4) {
        for (uint r = 0; r < 4; ++r) {
            realv t = (realv)(0.0f);
            for (uint k = 0; k <= j + 3; k += LANES) {
                const realv one = *(__global const realv *)(c + (k / 8) * BLOCK + r * 8 + k % 8);
                t += one * *(__global const realv *)(s + k);
                *(__global realv *)(z + k) += one * s[j + r];
                *(__global realv *)(one_side + (size_t)(j + r) * padded + k) += weight * one;
            }
            z[j + r] += across(t);
            sum += s[j + r] * across(t);
        }
        c += (j / 8 + 1) * BLOCK;
    }
    return sum;
}

__kernel void hessian(__global const float *c2, __global const float *c3, __global const float *c4,
                      __global const uint *cuts, __global const float *s, __global float *one_side, __global float *z,
                      uint size, uint padded, uint orders, uint blocks2, uint blocks3, uint blocks4, uint sample)
{
    const uint part = get_global_id(0);
    cuts += part * 5;
    one_side += (size_t)part * padded * padded;
    z += (size_t)part * padded;
    c2 += (size_t)sample * blocks2 * BLOCK;
    c3 += (size_t)sample * blocks3 * BLOCK;
    c4 += (size_t)sample * blocks4 * BLOCK;
    if ((orders & ORDER_2) && part == 0) hessian_prefix(c2, size - 1, 1.0f, s, one_side, z, padded);
    if (orders & ORDER_3) {
        c3 += (size_t)cuts[1] * BLOCK;
        for (uint i = cuts[0]; i < cuts[5]; ++i) {
            hessian_prefix(c3, i, s[i], s, one_side, z, padded);
            c3 += (size_t)blocks_of(i) * BLOCK;
            for (uint k = 0; k < padded; ++k) one_side[(size_t)i * padded + k] += z[k];
        }
    }
    if (orders & ORDER_4) {
        uint i = cuts[3];
        c4 += (size_t)cuts[4] * BLOCK;
        for (uint h = cuts[2]; h < cuts[7] || (h == cuts[7] && i < cuts[8]); ++h, i = 0) {
            const uint end = h < cuts[7] ? h + 1 : cuts[8];
            for (; i < end; ++i) {
                const float sum = hessian_prefix(c4, i, s[h] * s[i], s, one_side, z, padded);
                c4 += (size_t)blocks_of(i) * BLOCK;
                one_side[(size_t)h * padded + i] += sum;
                for (uint k = 0; k < padded; ++k) {
                    one_side[(size_t)h * padded + k] += s[i] * z[k];
                    one_side[(size_t)i * padded + k] += s[h] * z[k];
                }
            }
        }
    }
}
