// Energy and gradient of the glass for one tile: eight walkers in the lanes, or the components of one.
#ifndef GLASS_GRADIENT_CL
#define GLASS_GRADIENT_CL
#include "glass_batch.cl"
#include "glass_packing.cl"

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
#endif
