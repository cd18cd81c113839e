// Raw sums of one tile with walkers in the lanes: device functions of field.cl and field_slices.cl.
#ifndef FIELD_WALKERS_CL
#define FIELD_WALKERS_CL
#include "field_common.cl"

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
#endif
