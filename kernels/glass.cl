// The spherical p-spin glass, p = 2, 3, 4 mixed: H = -Delta sum C_hijk s_h s_i s_j s_k (and 3, and 2 indices) over
// size >= h >= i >= j >= k, with the funnel and the update rules of descend.cl.
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
// cuts[part][5] = (i3, block3, h4, i4, block4): the prefix and block at which each part begins, and one row for the end.
#include "descend.cl"

#define BLOCK 32
#define ORDER_2 1u
#define ORDER_3 2u
#define ORDER_4 4u

#if ACROSS_WALKERS
#define TILE_ROWS(padded) (padded)
#else
#if LANES != 8
#error "components across the lanes need LANES 8"
#endif
#define TILE_ROWS(padded) ((padded) / LANES)
#endif
#if IS_GPU
#define OUTLINE
#else
#define OUTLINE __attribute__((noinline))    // one copy for all p: the build takes a third of the time
#endif

// Blocks of one prefix with j <= i.
inline uint blocks_of(uint i) { const uint m = i / 4; return m + 1 + m * m / 4; }

// ---- Mini-batches: every walker keeps each coupling with probability threshold / 65536 ----

// planes[p]: bit 15 - p of the threshold in every bit; calls of Philox that the comparison may need.
typedef struct { uintv planes[16]; uint calls, threshold; } keeper;

inline keeper keeper_of(float fraction)
{
    keeper k;
    k.threshold = (uint)clamp(fraction * 65536.0f + 0.5f, 1.0f, 65536.0f);
    for (int p = 0; p < 16; ++p) k.planes[p] = (uintv)(0u - ((k.threshold >> (15 - p)) & 1u));
    uint needed = 16;
    while (needed > 1 && !((k.threshold >> (16 - needed)) & 1u)) --needed;
    k.calls = (needed + 3) / 4;
    return k;
}

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

// word[v]: bit r * 8 + k % 8 says whether the coupling in row r, column k of the block is kept. 32 numbers of 16 bits
// are compared with the threshold at once, bit plane after bit plane from the highest, by four planes a Philox call
// (step, walker, 4 block + call, STREAM_BATCH + p), until all are decided.
inline void keep_words(uintv *word, const uintv *who, const uintv *block, const keeper *k, uint step,
                       uint stream, uint key0, uint key1)
{
    uintv undecided[TILE];
#pragma unroll
    for (int v = 0; v < TILE; ++v) {
        word[v] = (uintv)(0u);
        undecided[v] = (uintv)(0xffffffffu);
    }
    for (uint call = 0; call < k->calls; ++call) {
        uintv left = (uintv)(0u);
#pragma unroll
        for (int v = 0; v < TILE; ++v) {
            const bits4 r = philox((uintv)(step), who[v], block[v] * 4u + call, (uintv)(stream), key0, key1);
            const uintv plane[4] = {r.w0, r.w1, r.w2, r.w3};
#pragma unroll
            for (int p = 0; p < 4; ++p) {
                const uintv bit = k->planes[4 * call + p], differs = plane[p] ^ bit;
                word[v] |= undecided[v] & differs & bit;    // below the threshold, decided at this plane
                undecided[v] &= ~differs;
            }
            left |= undecided[v];
        }
        if (!any_bit(left)) break;
    }
}

// ---- One prefix: with F = sum over i >= j >= k of C_jk s_j s_k, add weight dF/ds to g and give F ----

#if ACROSS_WALKERS
OUTLINE void prefix(__global const float *restrict c, uint i, const realv *weight, __global const realv *restrict s,
                    __global realv *restrict g, uint stride, realv *restrict sum)
{
    realv total[TILE];
#pragma unroll
    for (int v = 0; v < TILE; ++v) total[v] = (realv)(0.0f);
    for (uint j = 0; j <= i; j += 4) {
        realv w[4][TILE], t[4][TILE];
#pragma unroll
        for (int r = 0; r < 4; ++r) {
#pragma unroll
            for (int v = 0; v < TILE; ++v) {
                w[r][v] = weight[v] * s[AT(j + r, v)];
                t[r][v] = (realv)(0.0f);
            }
        }
        for (uint k = 0; k <= j; k += 4) {      // half blocks: the second half of the last block is zero for j % 8 == 0
            __global const float *columns = c + (k / 8) * BLOCK + k % 8;
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                realv sk[TILE], gk[TILE];
#pragma unroll
                for (int v = 0; v < TILE; ++v) {
                    sk[v] = s[AT(k + e, v)];
                    gk[v] = g[AT(k + e, v)];
                }
#pragma unroll
                for (int r = 0; r < 4; ++r) {
                    const realv one = (realv)(columns[r * 8 + e]);
#pragma unroll
                    for (int v = 0; v < TILE; ++v) {
                        t[r][v] += one * sk[v];
                        gk[v] += one * w[r][v];
                    }
                }
#pragma unroll
                for (int v = 0; v < TILE; ++v) g[AT(k + e, v)] = gk[v];
            }
        }
        c += (j / 8 + 1) * BLOCK;
#pragma unroll
        for (int r = 0; r < 4; ++r) {
#pragma unroll
            for (int v = 0; v < TILE; ++v) {
                g[AT(j + r, v)] += weight[v] * t[r][v];
                total[v] += s[AT(j + r, v)] * t[r][v];
            }
        }
    }
#pragma unroll
    for (int v = 0; v < TILE; ++v) sum[v] = total[v];
}

// The same with a mini-batch: g and kept take the couplings that are kept, sum takes all.
OUTLINE void prefix_batch(__global const float *restrict c, uint i, const realv *weight, __global const realv *restrict s,
                          __global realv *restrict g, uint stride, realv *restrict sum, realv *restrict kept,
                          uint block, const keeper *k, uint walker, uint step, uint stream, uint key0, uint key1)
{
    realv total[TILE], some[TILE];
    uintv who[TILE];
#pragma unroll
    for (int v = 0; v < TILE; ++v) {
        total[v] = some[v] = (realv)(0.0f);
        who[v] = walker + (uint)(v * LANES) + LANE;
    }
    for (uint j = 0; j <= i; j += 4) {
        realv all[4][TILE], part[4][TILE];
#pragma unroll
        for (int r = 0; r < 4; ++r) {
#pragma unroll
            for (int v = 0; v < TILE; ++v) all[r][v] = part[r][v] = (realv)(0.0f);
        }
        for (uint k8 = 0; k8 <= j; k8 += 8, c += BLOCK, ++block) {
            uintv word[TILE], place[TILE];
#pragma unroll
            for (int v = 0; v < TILE; ++v) place[v] = (uintv)(block);
            keep_words(word, who, place, k, step, stream, key0, key1);
            const uint columns = k8 + 4 <= j ? 8 : 4;
#pragma unroll
            for (int v = 0; v < TILE; ++v) {
                const realv w0 = weight[v] * s[AT(j, v)], w1 = weight[v] * s[AT(j + 1, v)];
                const realv w2 = weight[v] * s[AT(j + 2, v)], w3 = weight[v] * s[AT(j + 3, v)];
                const realv w[4] = {w0, w1, w2, w3};
                for (uint e = 0; e < columns; ++e) {
                    const realv sk = s[AT(k8 + e, v)];
                    realv gk = g[AT(k8 + e, v)];
#pragma unroll
                    for (int r = 0; r < 4; ++r) {
                        const realv one = (realv)(c[r * 8 + e]);
                        const uintv shifted = word[v] << (uintv)(31 - r * 8 - e);
                        const realv mine = AS_REAL(AS_UINT(one) & AS_UINT(AS_INT(shifted) >> 31));
                        all[r][v] += one * sk;
                        part[r][v] += mine * sk;
                        gk += mine * w[r];
                    }
                    g[AT(k8 + e, v)] = gk;
                }
            }
        }
#pragma unroll
        for (int r = 0; r < 4; ++r) {
#pragma unroll
            for (int v = 0; v < TILE; ++v) {
                g[AT(j + r, v)] += weight[v] * part[r][v];
                total[v] += s[AT(j + r, v)] * all[r][v];
                some[v] += s[AT(j + r, v)] * part[r][v];
            }
        }
    }
#pragma unroll
    for (int v = 0; v < TILE; ++v) {
        sum[v] = total[v];
        kept[v] = some[v];
    }
}
#else
// (sums of a, b, c, d over their lanes)
inline float4 across4(float8 a, float8 b, float8 c, float8 d)
{
    const float4 ah = a.lo + a.hi, bh = b.lo + b.hi, ch = c.lo + c.hi, dh = d.lo + d.hi;
    const float4 ab = (float4)(ah.even, bh.even) + (float4)(ah.odd, bh.odd);
    const float4 cd = (float4)(ch.even, dh.even) + (float4)(ch.odd, dh.odd);
    return (float4)(ab.even, cd.even) + (float4)(ab.odd, cd.odd);
}

// Components across the lanes. Contributions through j go to the second half of g (from `padded` on), in fours: they
// would else wait for each other with those through k, in eights.
OUTLINE void prefix(__global const float *restrict c, uint i, const realv *weight, __global const realv *restrict s,
                    __global realv *restrict g, uint rows, realv *restrict sum)
{
    __global const float8 *restrict block = (__global const float8 *)c;
    __global const float4 *restrict sj = (__global const float4 *)s;
    __global float4 *restrict gj = (__global float4 *)(g + rows);
    const float scale = FIRST(weight[0]);
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
    sum[0] = (realv)(total.x + total.y + total.z + total.w);
}

OUTLINE void prefix_batch(__global const float *restrict c, uint i, const realv *weight, __global const realv *restrict s,
                          __global realv *restrict g, uint rows, realv *restrict sum, realv *restrict kept,
                          uint first, const keeper *keep, uint walker, uint step, uint stream, uint key0, uint key1)
{
    __global const float8 *restrict block = (__global const float8 *)c;
    __global const float4 *restrict sj = (__global const float4 *)s;
    __global float4 *restrict gj = (__global float4 *)(g + rows);
    const float scale = FIRST(weight[0]);
    const uintv who = (uintv)(walker);
    const uintv to_top = 31u - LANE;
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
                const uintv place = known * 8 + LANE;
                uintv word;
                keep_words(&word, &who, &place, keep, step, stream, key0, key1);
                words.eight = word;
            }
            const uintv word = (uintv)(words.one[first % 8]) << to_top;
            const float8 c0 = block[0], c1 = block[1], c2 = block[2], c3 = block[3], sk = s[k];
            const uintv wanted = (uintv)(words.one[first % 8]);
            const float8 m0 = AS_REAL(AS_UINT(c0) & AS_UINT(AS_INT(wanted << to_top) >> 31));
            const float8 m1 = AS_REAL(AS_UINT(c1) & AS_UINT(AS_INT((wanted >> 8) << to_top) >> 31));
            const float8 m2 = AS_REAL(AS_UINT(c2) & AS_UINT(AS_INT((wanted >> 16) << to_top) >> 31));
            const float8 m3 = AS_REAL(AS_UINT(c3) & AS_UINT(AS_INT((wanted >> 24) << to_top) >> 31));
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
    sum[0] = (realv)(total.x + total.y + total.z + total.w);
    kept[0] = (realv)(some.x + some.y + some.z + some.w);
}
#endif

// Component i of the tile x as one number a lane, and the sum of `add` into component i of g.
#if ACROSS_WALKERS
#define COMPONENT(x, i, v) ((x)[AT(i, v)])
#define ADD_TO(g, i, v, add) ((g)[AT(i, v)] += (add))
#define STRIDE stride
#else
#define COMPONENT(x, i, v) ((realv)(((__global const float *)(x))[i]))
#define ADD_TO(g, i, v, add) (((__global float *)(g + TILE_ROWS(padded)))[i] += FIRST(add))
#define STRIDE TILE_ROWS(padded)
#endif

// Everything a gradient needs to know, but for the tile.
typedef struct {
    uint size, padded, stride, orders, step, key0, key1;
    const keeper *keep;     // 0 for the whole Hamiltonian
} task;

inline void one_prefix(const task *a, __global const float *c, uint i, const realv *weight, __global const realv *x,
                       __global realv *g, uint block, uint walker, uint p, realv *sum, realv *kept)
{
    const uint padded = a->padded, stride = a->stride;
    c += (size_t)block * BLOCK;
    if (a->keep) {
        prefix_batch(c, i, weight, x, g, STRIDE, sum, kept, block, a->keep, walker, a->step, STREAM_BATCH + p, a->key0,
                     a->key1);
    } else {
        prefix(c, i, weight, x, g, STRIDE, sum);
#pragma unroll
        for (int v = 0; v < TILE; ++v) kept[v] = sum[v];
    }
}

// g = gradient and energy = value of sum C s..s (no sign, no roughness; of a mini-batch not divided by its fraction) for
// the prefixes between cuts[0] and cuts[1] (p = 2: if `two`).
inline void gradient(const task *a, __global const float *c2, __global const float *c3, __global const float *c4,
                     __global const uint *cuts, bool two, __global const realv *x, __global realv *g, uint walker,
                     realv *energy)
{
    const uint padded = a->padded, stride = a->stride;
    realv weight[TILE], sum[TILE], kept[TILE];
    for (uint i = 0; i < TILE_ROWS(padded) * (ACROSS_WALKERS ? 1 : 2); ++i) {
#pragma unroll
        for (int v = 0; v < TILE; ++v) g[AT(i, v)] = (realv)(0.0f);
    }
#pragma unroll
    for (int v = 0; v < TILE; ++v) energy[v] = (realv)(0.0f);
    if ((a->orders & ORDER_2) && two) {
#pragma unroll
        for (int v = 0; v < TILE; ++v) weight[v] = (realv)(1.0f);
        one_prefix(a, c2, a->size - 1, weight, x, g, 0, walker, 2, sum, kept);
#pragma unroll
        for (int v = 0; v < TILE; ++v) energy[v] += sum[v];
    }
    if (a->orders & ORDER_3) {
        uint block = cuts[1];
        for (uint i = cuts[0]; i < cuts[5]; ++i) {
#pragma unroll
            for (int v = 0; v < TILE; ++v) weight[v] = COMPONENT(x, i, v);
            one_prefix(a, c3, i, weight, x, g, block, walker, 3, sum, kept);
            block += blocks_of(i);
#pragma unroll
            for (int v = 0; v < TILE; ++v) {
                ADD_TO(g, i, v, kept[v]);
                energy[v] += weight[v] * sum[v];
            }
        }
    }
    if (a->orders & ORDER_4) {
        uint block = cuts[4], i = cuts[3];
        for (uint h = cuts[2]; h < cuts[7] || (h == cuts[7] && i < cuts[8]); ++h, i = 0) {
            const uint end = h < cuts[7] ? h + 1 : cuts[8];
            realv top[TILE], whole[TILE];
#pragma unroll
            for (int v = 0; v < TILE; ++v) top[v] = whole[v] = (realv)(0.0f);
            for (; i < end; ++i) {
#pragma unroll
                for (int v = 0; v < TILE; ++v) weight[v] = COMPONENT(x, h, v) * COMPONENT(x, i, v);
                one_prefix(a, c4, i, weight, x, g, block, walker, 4, sum, kept);
                block += blocks_of(i);
#pragma unroll
                for (int v = 0; v < TILE; ++v) {
                    ADD_TO(g, i, v, COMPONENT(x, h, v) * kept[v]);
                    top[v] += COMPONENT(x, i, v) * kept[v];
                    whole[v] += COMPONENT(x, i, v) * sum[v];
                }
            }
#pragma unroll
            for (int v = 0; v < TILE; ++v) {
                ADD_TO(g, h, v, top[v]);
                energy[v] += COMPONENT(x, h, v) * whole[v];
            }
        }
    }
#if !ACROSS_WALKERS
    for (uint i = 0; i < TILE_ROWS(padded); ++i) g[i] += g[TILE_ROWS(padded) + i];
#endif
}

// Rows of a tile's gradient: components across the lanes keep a second half.
#define GRADIENT_ROWS(padded) (TILE_ROWS(padded) * (ACROSS_WALKERS ? 1 : 2))

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
    start_tile(x, xi + (size_t)sample * padded, kind, size, stride, sample * replicas, tile % tiles * WALKERS, key0, key1);
    for (uint i = 0; i < rows; ++i)
        for (uint v = 0; v < TILE; ++v) x0[AT(i, v)] = x[AT(i, v)];
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
    const keeper keep = keeper_of(dials[DIAL_BATCH]);
    const bool batch = (int)dials[DIAL_OPTIMIZER] == RULE_SGD && keep.threshold < 65536u;
    const float fraction = batch ? (float)keep.threshold / 65536.0f : 1.0f;
    task a = {size, padded, stride, orders, step, key0, key1, batch ? &keep : 0};
    g += TILE_BASE(tile, GRADIENT_ROWS(padded));
    c2 += (size_t)sample * blocks2 * BLOCK;
    c3 += (size_t)sample * blocks3 * BLOCK;
    c4 += (size_t)sample * blocks4 * BLOCK;
    for (uint k = 0; k < n; ++k) {
        realv energy[TILE];
        a.step = step + k;
        gradient(&a, c2, c3, c4, cuts, true, x + base, g, walker, energy);
        for (int t = 0; t < TILE; ++t) energy[t] *= fraction;
        descend(x + base, v + base, m2 + base, x0 + base, xi + (size_t)sample * padded, g, energy,
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
    const uint step = clock[0];
    const keeper keep = keeper_of(dials[DIAL_BATCH]);
    const bool batch = (int)dials[DIAL_OPTIMIZER] == RULE_SGD && keep.threshold < 65536u;
    const task a = {size, padded, stride, orders, step, key0, key1, batch ? &keep : 0};
    realv energy[TILE];
    partial += (size_t)part * stride * GRADIENT_ROWS(padded) * TILE + TILE_BASE(tile, GRADIENT_ROWS(padded));
    gradient(&a, c2 + (size_t)sample * blocks2 * BLOCK, c3 + (size_t)sample * blocks3 * BLOCK,
             c4 + (size_t)sample * blocks4 * BLOCK, cuts + part * 5, part == 0, x + TILE_BASE(tile, TILE_ROWS(padded)),
             partial, sample * replicas + tile % tiles * WALKERS, energy);
    for (int t = 0; t < TILE; ++t) PUT(energies + ((size_t)part * stride + tile) * WALKERS, t, energy[t]);
    if (get_global_id(0) == 0) clock[1] = step;
}

// update: work-item = tile. trace[step - first][4][slots].
__kernel void update(__global realv *x, __global realv *v, __global realv *m2, __global const realv *x0,
                     __global const float *xi, __global realv *partial, __global const float *energies,
                     __global const float *dials, __global float *trace, __global uint *clock, uint size, uint padded,
                     uint tiles, uint replicas, uint stride, uint count, uint first, uint since, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles, slots = stride * WALKERS;
    const uint step = clock[1];
    const size_t base = TILE_BASE(tile, TILE_ROWS(padded)), copy = (size_t)stride * GRADIENT_ROWS(padded) * TILE;
    const keeper keep = keeper_of(dials[DIAL_BATCH]);
    const bool batch = (int)dials[DIAL_OPTIMIZER] == RULE_SGD && keep.threshold < 65536u;
    const float fraction = batch ? (float)keep.threshold / 65536.0f : 1.0f;
    __global realv *g = partial + TILE_BASE(tile, GRADIENT_ROWS(padded));
    realv energy[TILE];
    for (int t = 0; t < TILE; ++t) energy[t] = (realv)(0.0f);
    for (uint part = 0; part < count; ++part) {
        for (int t = 0; t < TILE; ++t) {
            __global const float *row = energies + ((size_t)part * stride + tile) * WALKERS;
#if ACROSS_WALKERS
            energy[t] += ((__global const realv *)row)[t];
#else
            energy[t] += (realv)(*row);
#endif
        }
        if (part == 0) continue;
        for (uint i = 0; i < TILE_ROWS(padded); ++i)
            for (int t = 0; t < TILE; ++t) g[AT(i, t)] += g[part * copy + AT(i, t)];
    }
    for (int t = 0; t < TILE; ++t) energy[t] *= fraction;
    descend(x + base, v + base, m2 + base, x0 + base, xi + (size_t)sample * padded, g, energy,
            -dials[DIAL_ROUGHNESS] / fraction, size, stride, sample * replicas + tile % tiles * WALKERS, step, since,
            key0, key1, dials, trace + (size_t)(step - first) * 4 * slots + tile * WALKERS, slots);
    if (get_global_id(0) == 0) clock[0] = step + 1;
}

// Energy and gradient of the glass (roughness 1, no funnel) at the points x; work-item = tile. energies[slots].
__kernel void evaluate(__global const float *c2, __global const float *c3, __global const float *c4,
                       __global const uint *cuts, __global const realv *x, __global realv *g, __global float *energies,
                       uint size, uint padded, uint tiles, uint stride, uint orders, uint blocks2, uint blocks3,
                       uint blocks4)
{
    const uint tile = get_global_id(0), sample = tile / tiles;
    const task a = {size, padded, stride, orders, 0, 0, 0, 0};
    realv energy[TILE];
    g += TILE_BASE(tile, GRADIENT_ROWS(padded));
    gradient(&a, c2 + (size_t)sample * blocks2 * BLOCK, c3 + (size_t)sample * blocks3 * BLOCK,
             c4 + (size_t)sample * blocks4 * BLOCK, cuts, true, x + TILE_BASE(tile, TILE_ROWS(padded)), g, 0, energy);
    for (uint i = 0; i < TILE_ROWS(padded); ++i)
        for (int t = 0; t < TILE; ++t) g[AT(i, t)] = -g[AT(i, t)];
    for (int t = 0; t < TILE; ++t) PUT(energies + tile * WALKERS, t, -energy[t]);
}

// Half of the Hessian of sum C s..s at s[padded] (the sum of one_side and its transpose is the Hessian), prefixes shared
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
