// The random Gaussian field phi(x) = sigma sqrt(2N/F) sum_f cos(2 pi (k_f.x + b_f)), frequencies and biases in TURNS:
// k_f normal with variance 1/(2 pi l)^2/N, b_f uniform in (0, 1), so that cov = N sigma^2 exp(-|x-y|^2/(2 N l^2)).
// Source: Rahimi & Recht 2007.
//
// Layout, everything float32:
//   k[sample][feature / 8][row][8]   row i is component i; `rows` is N rounded up to a multiple of HELD, zeros beyond N
//   k[sample][feature / 8][row / 16][8][16]   if BY_FEATURE, upper halves of levels (field_rows.cl); `rows` is then N
//                                    rounded up to a multiple of 16
//   b[sample][feature]               the number of features is a multiple of BLOCK; packs = features / 8
// Two ways to lay out a step, both in the tiles of descend.cl:
//   ACROSS_WALKERS 1: walkers in the lanes, a tile of TILE vectors of walkers of one sample, `rows` rows.
//   ACROSS_WALKERS 0: (CPU) a work-item carries FEW walkers of one sample; a state is `padded` floats, N rounded up to
//                     a multiple of 8. Components are in the lanes (BY_FEATURE), features where HELD < 4.
// Sums are raw: energy is sum_f cos(2 pi p_f), gradient is sum_f d cos(2 pi p_f)/dp_f k_f; times `scale` they are H and
// grad H. Part q of the features are the blocks from blocks q / parts on.
// Defines: LANES, IS_GPU (the backend's); ACROSS_WALKERS; HELD components whose gradient is held in registers; FEW.
#include "field_common.cl"
#define BY_FEATURE (!ACROSS_WALKERS && HELD >= 4)
#if ACROSS_WALKERS
#include "field_walkers.cl"
#elif BY_FEATURE
#include "field_rows.cl"
#else
#include "field_few.cl"
#endif

inline bool last_of(__global volatile uint *arrived, const uint parts) // and sees what the others wrote
{
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    if (atomic_inc(arrived) % parts + 1 < parts) return false;
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    return true;
}

#define FREQUENCIES 16u         // kinds of disorder
#define BIASES 17u

// Work-item (sample, pack): frequencies and biases of 8 features of sample `first` on, by (kind, sample, draw,
// STREAM_DISORDER); draw is feature * ceil(size/8) + component/8, or the feature. A frequency is `deviation` times the
// level (simulator/landscapes/frequencies.py) that 16 bits number: the low halves of the four words, then the high.
__kernel void draw(__global realv *k, __global realv *b, __global const float *levels, const int packs, const int size,
                   const int rows, const float deviation, const uint first, const uint key0, const uint key1)
{
    const size_t item = get_global_id(0);
    const uintv sample = (uintv)(first + (uint)(item / packs));
    const uint eights = (size + 7) / 8;
    for (int slot = 0; slot < 8 / LANES; ++slot) {
        const uintv feature = (uint)(item % packs) * 8 + slot * LANES + LANE;
        for (int i = 0; i < size; i += 8) {
            const bits4 r = philox((uintv)(FREQUENCIES), sample, feature * eights + (uint)(i / 8),
                                   (uintv)(STREAM_DISORDER), key0, key1);
            const uintv words[4] = {r.w0, r.w1, r.w2, r.w3};
            for (int j = 0; j < 8 && i + j < size; ++j)
                for (int lane = 0; lane < LANES; ++lane) {
                    const uint word = ((const uint *)&words[j % 4])[lane];
                    const float level = levels[j < 4 ? word & 0xffffu : word >> 16];
#if BY_FEATURE
                    const size_t pair = item * (rows / 16) + i / 16;
                    ((__global ushort *)k)[(pair * 8 + lane) * 16 + 2 * j + i / 8 % 2] = as_uint(level) >> 16;
#else
                    ((__global float *)k)[(item * rows + i + j) * 8 + slot * LANES + lane] = deviation * level;
#endif
                }
        }
        b[item * (8 / LANES) + slot] =
            uniform01(philox((uintv)(BIASES), sample, feature, (uintv)(STREAM_DISORDER), key0, key1).w0);
    }
}

// Work-item tile: the start of its walkers (start_tile of descend.cl), which are `replicas` a sample.
__kernel void start(__global realv *x, __global const float *xi, const int kind, const uint size, const uint rows,
                    const uint tiles, const uint replicas, const uint stride, const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0);
    if (tile >= stride) return;
    start_tile(x + TILE_BASE(tile, ROWS(rows)), xi, kind, size, stride, tile / tiles * replicas, tile % tiles * WALKERS,
               key0, key1);
}

#if ACROSS_WALKERS
// Raw sums of one part of the features by its work-item (tile, part): e[part][tile][TILE] and g[part] in tiles.
inline void sum_part(__global const float *k, __global const float *b, __global const realv *x, __global realv *e,
                     __global realv *g, const int packs, const int rows, const uint tiles, const uint stride,
                     const int parts, const float keep, const uint step, const uint walker, const uint key0,
                     const uint key1)
{
    const size_t item = get_global_id(0), tile = item % stride, sample = tile / tiles;
    const int q = item / stride, blocks = packs / PACKS;
    realv energy[TILE];
    sums(k + sample * packs * rows * 8, b + sample * packs * 8, x + TILE_BASE(tile, rows),
         g + (size_t)q * stride * rows * TILE + TILE_BASE(tile, rows), blocks * q / parts * PACKS,
         blocks * (q + 1) / parts * PACKS, rows, stride, energy, keep, step, walker, key0, key1);
    for (int t = 0; t < TILE; ++t) e[item * TILE + t] = energy[t];
}

// Work-item (tile, part): sum_part alone.
__kernel void part(__global const float *k, __global const float *b, __global const realv *x, __global realv *e,
                   __global realv *g, const int packs, const int rows, const uint tiles, const uint replicas,
                   const uint stride, const int parts, const float keep, const uint step, const uint key0, const uint key1)
{
    const size_t item = get_global_id(0), tile = item % stride;
    if (item / stride >= parts) return;
    sum_part(k, b, x, e, g, packs, rows, tiles, stride, parts, keep, step,
             tile / tiles * replicas + tile % tiles * WALKERS, key0, key1);
}

// Work-item (tile, part): a step whose features are cut in parts. Who ends a tile's last part adds all parts up, in their
// order, and takes the step. arrived[stride] counts parts that ended since step `start`, and so the steps: launches
// that follow each other have the same arguments. trace[step][4][stride * WALKERS].
__kernel void advance(__global const float *k, __global const float *b, __global realv *x, __global realv *v,
                      __global realv *m2, __global const realv *x0, __global const float *xi, __global realv *e,
                      __global realv *g, __global volatile uint *arrived, __global const float *dials,
                      __global float *trace, const float scale, const uint size, const int packs, const int rows,
                      const uint tiles, const uint replicas, const uint stride, const int parts, const float keep,
                      const uint start, const uint since, const uint key0, const uint key1)
{
    const size_t item = get_global_id(0), tile = item % stride, base = TILE_BASE(tile, rows);
    const uint row = arrived[tile] / parts, step = start + row;
    const size_t slots = (size_t)stride * WALKERS;
    const uint walker = tile / tiles * replicas + tile % tiles * WALKERS;
    realv energy[TILE];
    if (item / stride >= parts) return;
    sum_part(k, b, x, e, g, packs, rows, tiles, stride, parts, keep, step, walker, key0, key1);
    if (!last_of(arrived + tile, parts)) return;
    for (int t = 0; t < TILE; ++t) energy[t] = e[tile * TILE + t];
    for (int q = 1; q < parts; ++q) {
        __global const realv *more = g + (size_t)q * stride * rows * TILE + base;
        for (int t = 0; t < TILE; ++t) energy[t] += e[(q * stride + tile) * TILE + t];
        for (int i = 0; i < rows; ++i)
            for (int t = 0; t < TILE; ++t) g[base + AT(i, t)] += more[AT(i, t)];
    }
    descend(x + base, v + base, m2 + base, x0 + base, xi, g + base, energy, scale, size, stride, walker, step, since,
            key0, key1, dials, trace + row * 4 * slots + tile * WALKERS, slots);
}

// Work-item tile: `steps` steps from `step` on. trace[step][4][stride * WALKERS].
__kernel void walk(__global const float *k, __global const float *b, __global realv *x, __global realv *v,
                   __global realv *m2, __global const realv *x0, __global const float *xi, __global realv *g,
                   __global const float *dials, __global float *trace, const float scale, const uint size,
                   const int packs, const int rows, const uint tiles, const uint replicas, const uint stride,
                   const float keep, const int steps, const uint step, const uint since, const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0), sample = tile / tiles, base = TILE_BASE(tile, rows);
    const size_t slots = (size_t)stride * WALKERS;
    const uint walker = sample * replicas + tile % tiles * WALKERS;
    if (tile >= stride) return;
    for (int n = 0; n < steps; ++n) {
        realv energy[TILE];
        sums(k + sample * packs * rows * 8, b + sample * packs * 8, x + base, g + base, 0, packs, rows, stride, energy,
             keep, step + n, walker, key0, key1);
        descend(x + base, v + base, m2 + base, x0 + base, xi, g + base, energy, scale, size, stride, walker, step + n,
                since, key0, key1, dials, trace + n * 4 * slots + tile * WALKERS, slots);
    }
}

#else
#if BY_FEATURE
#define SUMS(sample, tile, s, from, to) \
    sums((__global const uintv *)k + (sample) * packs * padded / 2, b + (sample) * packs * 8, \
         (__global const realv *)(x + (tile) * FEW * padded), (__global realv *)(s), (from) * 8, (to) * 8, padded / 16, \
         deviation, energy, keep, step + n, walker, key0, key1)
#else
#define SUMS(sample, tile, s, from, to) \
    sums((__global const realv *)k + (sample) * packs * HELD, (__global const realv *)b + (sample) * packs, \
         x + (tile) * FEW * 8, s, from, to, energy, keep, step + n, walker, key0, key1)
#endif

// Raw sums of one part of the features by its work-item (tile of FEW walkers, part): e[part][tile][FEW] and
// g[part][tile][FEW].
inline void sum_part(__global const float *k, __global const float *b, const float deviation, __global const float *x,
                     __global float *e, __global float *g, const int packs, const int padded, const uint tiles,
                     const uint stride, const int parts, const float keep, const uint step, const uint walker,
                     const uint key0, const uint key1)
{
    const size_t item = get_global_id(0), tile = item % stride, sample = tile / tiles;
    const int q = item / stride, blocks = packs / PACKS, n = 0;
    float energy[FEW];
    SUMS(sample, tile, g + item * FEW * padded, blocks * q / parts * PACKS, blocks * (q + 1) / parts * PACKS);
    for (int w = 0; w < FEW; ++w) e[item * FEW + w] = energy[w];
}

// Work-item (tile of FEW walkers, part): sum_part alone. deviation: of frequencies BY_FEATURE.
__kernel void part(__global const float *k, __global const float *b, const float deviation, __global const float *x,
                   __global float *e, __global float *g, const int packs, const int padded, const uint tiles,
                   const uint replicas, const uint stride, const int parts, const float keep, const uint step,
                   const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0) % stride;
    sum_part(k, b, deviation, x, e, g, packs, padded, tiles, stride, parts, keep, step,
             tile / tiles * replicas + tile % tiles * FEW, key0, key1);
}

// Adds up the parts of walker `who` of all and takes the step. trace[step][4][stride * FEW].
inline void join(__global float *x, __global float *v, __global float *m2, __global const float *x0,
                 __global const float *xi, __global const float *e, __global float *g, __global const float *dials,
                 __global float *trace, const float scale, const uint size, const int padded, const size_t who,
                 const size_t slots, const uint stride, const int parts, const uint walker, const uint step,
                 const uint since, const uint key0, const uint key1)
{
    const size_t base = who * padded;
    __global realv *slope = (__global realv *)(g + base);
    realv energy = (realv)(e[who]);
    for (int q = 1; q < parts; ++q) {
        energy += e[q * slots + who];
        for (int i = 0; i < padded / 8; ++i) slope[i] += ((__global const realv *)(g + q * slots * padded + base))[i];
    }
    descend((__global realv *)(x + base), (__global realv *)(v + base), (__global realv *)(m2 + base),
            (__global const realv *)(x0 + base), xi, slope, &energy, scale, size, stride, walker, step, since, key0, key1,
            dials, trace + who, slots);
}

// Work-item (tile of FEW walkers, part): a step whose features are cut in parts, as above.
__kernel void advance(__global const float *k, __global const float *b, const float deviation, __global float *x,
                      __global float *v, __global float *m2, __global const float *x0, __global const float *xi,
                      __global float *e, __global float *g, __global volatile uint *arrived,
                      __global const float *dials, __global float *trace, const float scale, const uint size,
                      const int packs, const int padded, const uint tiles, const uint replicas, const uint stride,
                      const int parts, const float keep, const uint start, const uint since, const uint key0,
                      const uint key1)
{
    const size_t tile = get_global_id(0) % stride, slots = (size_t)stride * FEW;
    const uint row = arrived[tile] / parts, step = start + row;
    const uint walker = tile / tiles * replicas + tile % tiles * FEW;
    sum_part(k, b, deviation, x, e, g, packs, padded, tiles, stride, parts, keep, step, walker, key0, key1);
    if (!last_of(arrived + tile, parts)) return;
    for (int w = 0; w < FEW; ++w)
        join(x, v, m2, x0, xi, e, g, dials, trace + row * 4 * slots, scale, size, padded, tile * FEW + w, slots, stride,
             parts, walker + w, step, since, key0, key1);
}

// Work-item tile of FEW walkers: `steps` steps from `step` on. trace[step][4][stride * FEW].
__kernel void walk(__global const float *k, __global const float *b, const float deviation, __global float *x,
                   __global float *v, __global float *m2, __global const float *x0, __global const float *xi, __global float *g,
                   __global const float *dials, __global float *trace, const float scale, const uint size,
                   const int packs, const int padded, const uint tiles, const uint replicas, const uint stride,
                   const float keep, const int steps, const uint step, const uint since, const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0), sample = tile / tiles, slots = (size_t)stride * FEW;
    const uint walker = sample * replicas + tile % tiles * FEW;
    for (int n = 0; n < steps; ++n) {
        float energy[FEW];
        SUMS(sample, tile, g + tile * FEW * padded, 0, packs);
        for (int w = 0; w < FEW; ++w) {
            const size_t who = tile * FEW + w, base = who * padded;
            realv total = (realv)(energy[w]);
            descend((__global realv *)(x + base), (__global realv *)(v + base), (__global realv *)(m2 + base),
                    (__global const realv *)(x0 + base), xi, (__global realv *)(g + base), &total, scale, size, stride,
                    walker + w, step + n, since, key0, key1, dials, trace + n * 4 * slots + who, slots);
        }
    }
}
#endif
