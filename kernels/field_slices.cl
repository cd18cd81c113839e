// Energies of the Gaussian field without gradients: at points, and on planes as two tables and a product. Layout: field.cl,
// ACROSS_WALKERS 1, points in place of walkers.
#include "field_walkers.cl"

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
