// Raw sums of up to FEW walkers with features in the lanes: device functions of field.cl.
#ifndef FIELD_FEW_CL
#define FIELD_FEW_CL
#include "field_common.cl"

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
#endif
