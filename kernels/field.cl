// The random Gaussian field phi(x) = sigma sqrt(2N/F) sum_f cos(2 pi (k_f.x + b_f)), frequencies and biases in TURNS:
// k_f normal with variance 1/(2 pi l)^2/N, b_f uniform in (0, 1), so that cov = N sigma^2 exp(-|x-y|^2/(2 N l^2)).
// Source: Rahimi & Recht 2007.
//
// Layout, everything float32:
//   k[sample][feature / 8][row][8]   row i is component i; `rows` is N rounded up to a multiple of HELD, zeros beyond N
//   b[sample][feature]               the number of features is a multiple of BLOCK; packs = features / 8
// Two ways to lay out a step, both in the tiles of descend.cl:
//   ACROSS_WALKERS 1: walkers in the lanes, a tile of TILE vectors of walkers of one sample, `rows` rows.
//   ACROSS_WALKERS 0: (CPU) features in the lanes, a work-item carries FEW walkers of one sample, whose tiles have
//                     ceil(N/8) rows; `rows` then still counts components, and is a multiple of 8 as well.
// Sums are raw: energy is sum_f cos(2 pi p_f), gradient is sum_f d cos(2 pi p_f)/dp_f k_f; times `scale` they are H and
// grad H. Part q of the features are the blocks from blocks q / parts on.
// Defines: LANES, IS_GPU (the backend's); ACROSS_WALKERS; HELD components whose gradient is held in registers; FEW.
#ifndef ACROSS_WALKERS
#define ACROSS_WALKERS 1
#endif
#if ACROSS_WALKERS && LANES > 1
#define TILE 2
#else
#define TILE 1
#endif
#define SPHERE 0
#include "descend.cl"

#ifndef HELD
#define HELD 4
#endif
#if HELD < 4                    // then rows = HELD, and loops over them unroll
#define KNOWN(rows) HELD
#else
#define KNOWN(rows) (rows)
#endif
#define BLOCK 32                // features whose phases are held at once
#define PACKS (BLOCK / 8)
#define CHUNK 128               // components whose positions stay in the first-level cache
#define FREQUENCIES 16u         // kinds of disorder
#define BIASES 17u

// Work-item (sample, pack): frequencies and biases of 8 features of sample `first` on, by (kind, sample, draw,
// STREAM_DISORDER); draw is feature * ceil(size/4) + component/4, or the feature.
__kernel void draw(__global realv *k, __global realv *b, const int packs, const int size, const int rows,
                   const float deviation, const uint first, const uint key0, const uint key1)
{
    const size_t item = get_global_id(0);
    const uintv sample = (uintv)(first + (uint)(item / packs));
    for (int slot = 0; slot < 8 / LANES; ++slot) {
        const uintv feature = (uint)(item % packs) * 8 + slot * LANES + LANE;
        const uint quads = (size + 3) / 4;
        for (int i = 0; i < rows; i += 4) {
            const real4v z = normal4((uintv)(FREQUENCIES), sample, feature * quads + (uint)(i / 4),
                                     (uintv)(STREAM_DISORDER), key0, key1);
            const realv four[4] = {z.a, z.b, z.c, z.d};
            for (int j = 0; j < 4 && i + j < rows; ++j)
                k[(item * rows + i + j) * (8 / LANES) + slot] = i + j < size ? deviation * four[j] : (realv)(0.0f);
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
// Phases of BLOCK features (those from `k` and `b` on) for one tile, in turns.
#if HELD < 4
inline void phases(__global const float *k, __global const float *b, __global const realv *x, const int rows,
                   const uint stride, realv p[BLOCK][TILE])
{
    realv at[HELD][TILE];
    #pragma unroll
    for (int r = 0; r < HELD; ++r)
        #pragma unroll
        for (int t = 0; t < TILE; ++t) at[r][t] = x[AT(r, t)];
    for (int q = 0; q < PACKS; ++q)
        #pragma unroll
        for (int j = 0; j < 8; ++j)
            #pragma unroll
            for (int t = 0; t < TILE; ++t) {
                realv phase = (realv)(b[q * 8 + j]);
                #pragma unroll
                for (int r = 0; r < HELD; ++r) phase += k[(q * HELD + r) * 8 + j] * at[r][t];
                p[q * 8 + j][t] = phase;
            }
}
#else
inline void phases(__global const float *k, __global const float *b, __global const realv *x, const int rows,
                   const uint stride, realv p[BLOCK][TILE])
{
    for (int from = 0; from < rows; from += CHUNK) {
        const int to = rows < from + CHUNK ? rows : from + CHUNK;
        for (int f = 0; f < BLOCK; f += 4) {
            __global const float *kf = k + (f / 8) * rows * 8 + f % 8;
            realv a[4][TILE];
            #pragma unroll
            for (int j = 0; j < 4; ++j)
                #pragma unroll
                for (int t = 0; t < TILE; ++t) a[j][t] = from ? p[f + j][t] : (realv)(b[f + j]);
            for (int i = from; i < to; ++i)
                #pragma unroll
                for (int j = 0; j < 4; ++j)
                    #pragma unroll
                    for (int t = 0; t < TILE; ++t) a[j][t] += kf[i * 8 + j] * x[AT(i, t)];
            #pragma unroll
            for (int j = 0; j < 4; ++j)
                #pragma unroll
                for (int t = 0; t < TILE; ++t) p[f + j][t] = a[j][t];
        }
    }
}
#endif

// weight[feature of the block][vector]: 1/keep with probability keep, else 0, by (step, walker, 8 (feature/32) +
// feature % 8, STREAM_BATCH), word feature/8 % 4. pack: the block's first.
inline void weights(realv weight[BLOCK][TILE], const float keep, const int pack, const uint step, const uint walker,
                    const uint key0, const uint key1)
{
    const realv kept = (realv)(1.0f / keep), none = (realv)(0.0f);
    for (int t = 0; t < TILE; ++t)
        for (uint l = 0; l < 8; ++l) {
            const bits4 r = philox((uintv)(step), walker + t * LANES + LANE, (uintv)(pack * 2 + l),
                                   (uintv)(STREAM_BATCH), key0, key1);
            weight[l][t] = uniform01(r.w0) < keep ? kept : none;
            weight[8 + l][t] = uniform01(r.w1) < keep ? kept : none;
            weight[16 + l][t] = uniform01(r.w2) < keep ? kept : none;
            weight[24 + l][t] = uniform01(r.w3) < keep ? kept : none;
        }
}

// Phases into slopes, in place; the cosines are added to energy. One vector at a time: the polynomials' coefficients
// then stay in registers.
inline void turn(realv p[BLOCK][TILE], realv energy[TILE])
{
    #pragma unroll
    for (int t = 0; t < TILE; ++t) {
        realv sum = (realv)(0.0f);
        for (int f = 0; f < BLOCK; ++f) {
            realv cosine;
            cos_slope_turns(p[f][t], &cosine, &p[f][t]);
            sum += cosine;
        }
        energy[t] += sum;
    }
}

// Raw sums over the features of packs first..last-1 for one tile: energy, and g. keep < 1: a feature stays in a walker's
// gradient with probability keep and is divided by it; the energy has all features.
inline void sums(__global const float *k, __global const float *b, __global const realv *x, __global realv *g,
                 const int first, const int last, const int given, const uint stride, realv energy[TILE],
                 const float keep, const uint step, const uint walker, const uint key0, const uint key1)
{
    const int rows = KNOWN(given);
    realv p[BLOCK][TILE], weight[BLOCK][TILE];
    for (int t = 0; t < TILE; ++t) energy[t] = (realv)(0.0f);
    for (int pack = first; pack < last; pack += PACKS) {
        __global const float *kb = k + (size_t)pack * rows * 8;
        phases(kb, b + pack * 8, x, rows, stride, p);
        turn(p, energy);
        if (keep < 1.0f) {
            weights(weight, keep, pack, step, walker, key0, key1);
            for (int f = 0; f < BLOCK; ++f)
                for (int t = 0; t < TILE; ++t) p[f][t] *= weight[f][t];
        }
        for (int i = 0; i < rows; i += HELD) {
            realv a[HELD][TILE];
            #pragma unroll
            for (int r = 0; r < HELD; ++r)
                #pragma unroll
                for (int t = 0; t < TILE; ++t) a[r][t] = pack == first ? (realv)(0.0f) : g[AT(i + r, t)];
            for (int q = 0; q < PACKS; ++q) {
                __global const float *ki = kb + (q * rows + i) * 8;
                #pragma unroll
                for (int j = 0; j < 8; ++j)
                    #pragma unroll
                    for (int r = 0; r < HELD; ++r)
                        #pragma unroll
                        for (int t = 0; t < TILE; ++t) a[r][t] += ki[r * 8 + j] * p[q * 8 + j][t];
            }
            #pragma unroll
            for (int r = 0; r < HELD; ++r)
                #pragma unroll
                for (int t = 0; t < TILE; ++t) g[AT(i + r, t)] = a[r][t];
        }
    }
}

// Work-item (tile, part): raw sums of one part of the features, e[part][tile][TILE] and g[part] in tiles. keep as above.
__kernel void part(__global const float *k, __global const float *b, __global const realv *x, __global realv *e,
                   __global realv *g, const int packs, const int rows, const uint tiles, const uint replicas,
                   const uint stride, const int parts, const float keep, const uint step, const uint key0, const uint key1)
{
    const size_t item = get_global_id(0), tile = item % stride, sample = tile / tiles;
    const int q = item / stride, blocks = packs / PACKS;
    if (q >= parts) return;
    realv energy[TILE];
    sums(k + sample * packs * rows * 8, b + sample * packs * 8, x + TILE_BASE(tile, rows),
         g + (size_t)q * stride * rows * TILE + TILE_BASE(tile, rows), blocks * q / parts * PACKS,
         blocks * (q + 1) / parts * PACKS, rows, stride, energy, keep, step,
         sample * replicas + tile % tiles * WALKERS, key0, key1);
    for (int t = 0; t < TILE; ++t) e[item * TILE + t] = energy[t];
}

// Work-item tile: adds the parts up and takes the step. trace[4][stride * WALKERS].
__kernel void join(__global realv *x, __global realv *v, __global realv *m2, __global const realv *x0,
                   __global const float *xi, __global const realv *e, __global realv *g, __global const float *dials,
                   __global float *trace, const float scale, const uint size, const int rows, const uint tiles,
                   const uint replicas, const uint stride, const int parts, const uint row, const uint step,
                   const uint since, const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0), base = TILE_BASE(tile, rows), slots = (size_t)stride * WALKERS;
    if (tile >= stride) return;
    realv energy[TILE];
    for (int t = 0; t < TILE; ++t) energy[t] = e[tile * TILE + t];
    for (int q = 1; q < parts; ++q) {
        __global const realv *more = g + (size_t)q * stride * rows * TILE + base;
        for (int t = 0; t < TILE; ++t) energy[t] += e[(q * stride + tile) * TILE + t];
        for (int i = 0; i < rows; ++i)
            for (int t = 0; t < TILE; ++t) g[base + AT(i, t)] += more[AT(i, t)];
    }
    descend(x + base, v + base, m2 + base, x0 + base, xi, g + base, energy, scale, size, stride,
            tile / tiles * replicas + tile % tiles * WALKERS, step, since, key0, key1, dials,
            trace + row * 4 * slots + tile * WALKERS, slots);
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

// Work-item tile: raw energies e[tile][TILE] at points of one sample in tiles; k and b are that sample's.
__kernel void energies(__global const float *k, __global const float *b, __global const realv *points,
                       __global realv *e, const int packs, const int given, const uint stride)
{
    const size_t tile = get_global_id(0);
    const int rows = KNOWN(given);
    if (tile >= stride) return;
    __global const realv *x = points + TILE_BASE(tile, rows);
    realv energy[TILE], p[BLOCK][TILE];
    for (int t = 0; t < TILE; ++t) energy[t] = (realv)(0.0f);
    for (int pack = 0; pack < packs; pack += PACKS) {
        phases(k + (size_t)pack * rows * 8, b + pack * 8, x, rows, stride, p);
        #pragma unroll
        for (int t = 0; t < TILE; ++t) {
            realv sum = (realv)(0.0f);
            for (int f = 0; f < BLOCK; ++f) {
                realv cosine, slope;
                cos_slope_turns(p[f][t], &cosine, &slope);
                sum += cosine;
            }
            energy[t] += sum;
        }
    }
    for (int t = 0; t < TILE; ++t) e[tile * TILE + t] = energy[t];
}

// Work-item pack: sample `sample`'s field on the flat origin + sum_r y_r axis_r: a field of `axes` components.
// basis[axes + 1][rows]: the axes and the origin. new_k[pack][new_rows][8], new_b[pack][8].
__kernel void restrict_to(__global const realv *k, __global const realv *b, __global const float *basis,
                          __global realv *new_k, __global realv *new_b, const uint sample, const int packs,
                          const int rows, const int axes, const int new_rows)
{
    const size_t pack = get_global_id(0), from = (size_t)sample * packs + pack;
    for (int slot = 0; slot < 8 / LANES; ++slot)
        for (int r = 0; r <= max(axes, new_rows); ++r) {
            realv sum = (realv)(0.0f);
            const int axis = r == new_rows ? axes : r;     // the last round is the origin's
            if (axis < axes || r == new_rows)
                for (int i = 0; i < rows; ++i) sum += k[(from * rows + i) * (8 / LANES) + slot] * basis[axis * rows + i];
            if (r == new_rows)
                new_b[pack * (8 / LANES) + slot] = b[from * (8 / LANES) + slot] + sum;
            else
                new_k[(pack * new_rows + r) * (8 / LANES) + slot] = sum;
        }
}

#define DOWN 4                  // pairs of grid rows held in registers
#define BAND 16                 // such groups in a work-item
#define DEPTH 256               // features whose table entries stay in the first-level cache

// Work-item feature: tables of a field of two components on the grid (u, v) for the kernel `plane`. Lanes along u.
// across_u[2][column tile][feature][TILE]: cos(2 pi (b + k_0 u)) and its sine; down_v[2][group][feature][DOWN]:
// cos(2 pi k_1 v) and its sine. u is padded to whole tiles (stride of them), v to whole groups.
__kernel void tables(__global const float *k, __global const float *b, __global const realv *u, __global const float *v,
                     __global realv *across_u, __global float *down_v, const int features, const int rows,
                     const uint stride, const uint groups)
{
    const size_t f = get_global_id(0);
    const float k0 = k[(f / 8 * rows) * 8 + f % 8], k1 = k[(f / 8 * rows + 1) * 8 + f % 8];
    const float per_slope = -0.15915494309f;
    for (uint tile = 0; tile < stride; ++tile)
        for (int t = 0; t < TILE; ++t) {
            realv cosine, slope;
            cos_slope_turns(b[f] + k0 * u[tile * TILE + t], &cosine, &slope);
            across_u[TILE_BASE(tile, features) + AT(f, t)] = cosine;
            across_u[(size_t)features * stride * TILE + TILE_BASE(tile, features) + AT(f, t)] = per_slope * slope;
        }
    for (uint group = 0; group < groups; ++group)
        for (int r = 0; r < DOWN; ++r) {
            realv cosine, slope;
            cos_slope_turns((realv)(k1 * v[group * DOWN + r]), &cosine, &slope);
            down_v[(group * features + f) * DOWN + r] = FIRST(cosine);
            down_v[((groups + group) * features + f) * DOWN + r] = per_slope * FIRST(slope);
        }
}

// a[group][DOWN][TILE] += sum_f across_u[f] down_v[f] over `depth` features.
inline void multiply(__global const realv *across_u, __global const float *down_v, const uint stride, const int depth,
                     realv held[DOWN][TILE])
{
    realv a[DOWN][TILE];
    #pragma unroll
    for (int r = 0; r < DOWN; ++r)
        #pragma unroll
        for (int t = 0; t < TILE; ++t) a[r][t] = held[r][t];
    for (int f = 0; f < depth; ++f)
        #pragma unroll
        for (int r = 0; r < DOWN; ++r)
            #pragma unroll
            for (int t = 0; t < TILE; ++t) a[r][t] += down_v[f * DOWN + r] * across_u[AT(f, t)];
    #pragma unroll
    for (int r = 0; r < DOWN; ++r)
        #pragma unroll
        for (int t = 0; t < TILE; ++t) held[r][t] = a[r][t];
}

// Work-item (band of groups, column tile): raw energies at (u, +v) and (u, -v), e[2][group * DOWN][stride * TILE * LANES]:
// sum_f cos a cos c -+ sin a sin c. Two half-sized products serve both signs, a grid symmetric about its middle row.
__kernel void plane(__global const realv *across_u, __global const float *down_v, __global realv *e, const int features,
                    const uint stride, const uint groups)
{
    const size_t tile = get_global_id(0) % stride, band = get_global_id(0) / stride;
    const uint first = band * BAND, last = min((uint)(band + 1) * BAND, groups);
    realv even[BAND][DOWN][TILE], odd[BAND][DOWN][TILE];
    for (int h = 0; h < BAND; ++h)
        for (int r = 0; r < DOWN; ++r)
            for (int t = 0; t < TILE; ++t) even[h][r][t] = odd[h][r][t] = (realv)(0.0f);
    __global const realv *cosines = across_u + TILE_BASE(tile, features);
    __global const realv *sines = cosines + (size_t)features * stride * TILE;
    for (int f = 0; f < features; f += DEPTH) {
        const int depth = features - f < DEPTH ? features - f : DEPTH;
        for (uint h = first; h < last; ++h)
            multiply(cosines + AT(f, 0), down_v + (h * features + f) * DOWN, stride, depth, even[h - first]);
        for (uint h = first; h < last; ++h)
            multiply(sines + AT(f, 0), down_v + ((groups + h) * features + f) * DOWN, stride, depth, odd[h - first]);
    }
    for (uint h = first; h < last; ++h)
        for (int r = 0; r < DOWN; ++r)
            for (int t = 0; t < TILE; ++t) {
                const realv c = even[h - first][r][t], s = odd[h - first][r][t];
                e[((h * DOWN + r) * stride + tile) * TILE + t] = c - s;
                e[(((groups + h) * DOWN + r) * stride + tile) * TILE + t] = c + s;
            }
}

#else
#ifndef FEW
#define FEW 1
#endif
#define AHEAD (FEW == 4 ? 2 : 4) // packs whose phases are held in registers
#define SPAN 32                 // packs at once, of few components

// weight[pack of the block][walker]: as in the other variant, the same features.
inline void weights(realv weight[PACKS][FEW], const float keep, const int pack, const uint step, const uint walker,
                    const uint key0, const uint key1)
{
    const realv kept = (realv)(1.0f / keep), none = (realv)(0.0f);
    for (int w = 0; w < FEW; ++w) {
        const bits4 r = philox((uintv)(step), (uintv)(walker + w), (uint)(pack * 2) + LANE, (uintv)(STREAM_BATCH), key0,
                               key1);
        weight[0][w] = uniform01(r.w0) < keep ? kept : none;
        weight[1][w] = uniform01(r.w1) < keep ? kept : none;
        weight[2][w] = uniform01(r.w2) < keep ? kept : none;
        weight[3][w] = uniform01(r.w3) < keep ? kept : none;
    }
}

// Raw sums over the features of packs first..last-1 for FEW walkers, features in the lanes: energy and s[FEW][rows], whose
// lanes are still to be added. x: the components of FEW walkers, `apart` floats from one walker to the next.
#if HELD < 4
inline void sums(__global const realv *k, __global const realv *b, __global const float *x, const int apart,
                 __global realv *s, const int first, const int last, const int rows, realv energy[FEW],
                 const float keep, const uint step, const uint walker, const uint key0, const uint key1)
{
    realv p[SPAN][FEW], weight[PACKS][FEW];
    for (int w = 0; w < FEW; ++w) energy[w] = (realv)(0.0f);
    for (int pack = first; pack < last; pack += SPAN) {
        const int count = last - pack < SPAN ? last - pack : SPAN;
        for (int w = 0; w < FEW; ++w)
            for (int q = 0; q < count; ++q) {
                realv phase = b[pack + q];
                #pragma unroll
                for (int i = 0; i < HELD; ++i) phase += k[(pack + q) * HELD + i] * x[w * apart + i];
                p[q][w] = phase;
            }
        for (int w = 0; w < FEW; ++w) { // one vector at a time: the polynomials' coefficients stay in registers
            realv sum = (realv)(0.0f);
            for (int q = 0; q < count; ++q) {
                realv cosine;
                cos_slope_turns(p[q][w], &cosine, &p[q][w]);
                sum += cosine;
            }
            energy[w] += sum;
        }
        if (keep < 1.0f)
            for (int q = 0; q < count; q += PACKS) {
                weights(weight, keep, pack + q, step, walker, key0, key1);
                for (int h = 0; h < PACKS; ++h)
                    for (int w = 0; w < FEW; ++w) p[q + h][w] *= weight[h][w];
            }
        for (int w = 0; w < FEW; ++w) {
            realv a[HELD][PACKS];
            #pragma unroll
            for (int i = 0; i < HELD; ++i)
                #pragma unroll
                for (int h = 0; h < PACKS; ++h) a[i][h] = (realv)(0.0f);
            for (int q = 0; q < count; q += PACKS)
                #pragma unroll
                for (int h = 0; h < PACKS; ++h)
                    #pragma unroll
                    for (int i = 0; i < HELD; ++i) a[i][h] += k[(pack + q + h) * HELD + i] * p[q + h][w];
            #pragma unroll
            for (int i = 0; i < HELD; ++i) {
                const realv sum = (a[i][0] + a[i][1]) + (a[i][2] + a[i][3]);
                s[w * HELD + i] = pack == first ? sum : s[w * HELD + i] + sum;
            }
        }
    }
}
#else
inline void sums(__global const realv *k, __global const realv *b, __global const float *x, const int apart,
                 __global realv *s, const int first, const int last, const int rows, realv energy[FEW],
                 const float keep, const uint step, const uint walker, const uint key0, const uint key1)
{
    realv weight[PACKS][FEW];
    for (int w = 0; w < FEW; ++w) energy[w] = (realv)(0.0f);
    for (int pack = first; pack < last; pack += PACKS) {
        if (keep < 1.0f) weights(weight, keep, pack, step, walker, key0, key1);
        for (int q = 0; q < PACKS; q += AHEAD) {
            __global const realv *kq = k + (size_t)(pack + q) * rows;
            realv p[AHEAD][FEW];
            #pragma unroll
            for (int h = 0; h < AHEAD; ++h)
                #pragma unroll
                for (int w = 0; w < FEW; ++w) p[h][w] = b[pack + q + h];
            for (int i = 0; i < rows; ++i)
                #pragma unroll
                for (int h = 0; h < AHEAD; ++h)
                    #pragma unroll
                    for (int w = 0; w < FEW; ++w) p[h][w] += kq[h * rows + i] * x[w * apart + i];
            #pragma unroll
            for (int h = 0; h < AHEAD; ++h)
                #pragma unroll
                for (int w = 0; w < FEW; ++w) {
                    realv cosine;
                    cos_slope_turns(p[h][w], &cosine, &p[h][w]);
                    energy[w] += cosine;
                    if (keep < 1.0f) p[h][w] *= weight[q + h][w];
                }
            const bool fresh = pack == first && q == 0;
            for (int i = 0; i < rows; ++i)
                #pragma unroll
                for (int w = 0; w < FEW; ++w) {
                    realv sum = fresh ? (realv)(0.0f) : s[w * rows + i];
                    #pragma unroll
                    for (int h = 0; h < AHEAD; ++h) sum += kq[h * rows + i] * p[h][w];
                    s[w * rows + i] = sum;
                }
        }
    }
}
#endif

// Work-item (tile of FEW walkers, part): e[part][tile][FEW], s[part][tile][FEW][rows], lanes still to be added.
__kernel void part(__global const realv *k, __global const realv *b, __global const float *x, __global realv *e,
                   __global realv *s, const int packs, const int rows, const int padded, const uint tiles,
                   const uint replicas, const uint stride, const int parts, const float keep, const uint step,
                   const uint key0, const uint key1)
{
    const size_t item = get_global_id(0), tile = item % stride, sample = tile / tiles;
    const int q = item / stride, blocks = packs / PACKS;
    realv energy[FEW];
    sums(k + sample * packs * rows, b + sample * packs, x + tile * FEW * padded, padded, s + item * FEW * rows,
         blocks * q / parts * PACKS, blocks * (q + 1) / parts * PACKS, rows, energy, keep, step,
         sample * replicas + tile % tiles * FEW, key0, key1);
    for (int w = 0; w < FEW; ++w) e[item * FEW + w] = energy[w];
}

// Adds lanes and parts of one walker: s[part][row], `apart` vectors from part to part, into g[padded].
inline void gather(__global const realv *s, const size_t apart, __global float *g, const int rows, const int padded,
                   const int parts)
{
    for (int i = 0; i < rows; ++i) {
        realv sum = s[i];
        for (int q = 1; q < parts; ++q) sum += s[q * apart + i];
        g[i] = across(sum);
    }
    for (int i = rows; i < padded; ++i) g[i] = 0.0f;
}

// Work-item walker: adds the parts up and takes the step. trace[step][4][stride * FEW].
__kernel void join(__global float *x, __global float *v, __global float *m2, __global const float *x0,
                   __global const float *xi, __global const realv *e, __global const realv *s, __global float *g,
                   __global const float *dials, __global float *trace, const float scale, const uint size,
                   const int rows, const int padded, const uint tiles, const uint replicas, const uint stride,
                   const int parts, const uint row, const uint step, const uint since, const uint key0, const uint key1)
{
    const size_t who = get_global_id(0), base = who * padded, slots = (size_t)stride * FEW;
    const uint walker = who / (tiles * FEW) * replicas + who % (tiles * FEW);
    realv energy = e[who];
    for (int q = 1; q < parts; ++q) energy += e[q * slots + who];
    energy = (realv)(across(energy));
    gather(s + who * rows, slots * rows, g + base, rows, padded, parts);
    descend((__global realv *)(x + base), (__global realv *)(v + base), (__global realv *)(m2 + base),
            (__global const realv *)(x0 + base), xi, (__global realv *)(g + base), &energy, scale, size, stride, walker,
            step, since, key0, key1, dials, trace + row * 4 * slots + who, slots);
}

// Work-item tile of FEW walkers: `steps` steps from `step` on. trace[step][4][stride * FEW].
__kernel void walk(__global const realv *k, __global const realv *b, __global float *x, __global float *v,
                   __global float *m2, __global const float *x0, __global const float *xi, __global realv *s,
                   __global float *g, __global const float *dials, __global float *trace, const float scale,
                   const uint size, const int packs, const int rows, const int padded, const uint tiles,
                   const uint replicas, const uint stride, const float keep, const int steps, const uint step,
                   const uint since, const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0), sample = tile / tiles, slots = (size_t)stride * FEW;
    const uint walker = sample * replicas + tile % tiles * FEW;
    __global realv *mine = s + tile * FEW * rows;
    for (int n = 0; n < steps; ++n) {
        realv energy[FEW];
        sums(k + sample * packs * rows, b + sample * packs, x + tile * FEW * padded, padded, mine, 0, packs, rows, energy,
             keep, step + n, walker, key0, key1);
        for (int w = 0; w < FEW; ++w) {
            const size_t who = tile * FEW + w, base = who * padded;
            realv total = (realv)(across(energy[w]));
            gather(mine + w * rows, 0, g + base, rows, padded, 1);
            descend((__global realv *)(x + base), (__global realv *)(v + base), (__global realv *)(m2 + base),
                    (__global const realv *)(x0 + base), xi, (__global realv *)(g + base), &total, scale, size, stride,
                    walker + w, step + n, since, key0, key1, dials, trace + n * 4 * slots + who, slots);
        }
    }
}
#endif
