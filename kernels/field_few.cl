// Raw sums of up to FEW walkers with features in the lanes: device functions of field.cl, for less than 4 components.
#ifndef FIELD_FEW_CL
#define FIELD_FEW_CL
#include "field_common.cl"

#define SPAN 32 // packs whose phases are held at once

// Raw sums over the features of packs first..last-1 for FEW walkers: energy[FEW] and s[FEW][8]. x[FEW][8].
inline void sums(__global const realv *k, __global const realv *b, __global const float *x, __global float *s,
                 const int first, const int last, float energy[FEW], const float keep, const uint step,
                 const uint walker, const uint key0, const uint key1)
{
    realv p[SPAN][FEW], weight[PACKS][FEW], total[FEW], slope[FEW][HELD];
    for (int w = 0; w < FEW; ++w) {
        total[w] = (realv)(0.0f);
        for (int i = 0; i < HELD; ++i) slope[w][i] = (realv)(0.0f);
    }
    for (int pack = first; pack < last; pack += SPAN) {
        const int count = last - pack < SPAN ? last - pack : SPAN;
        for (int w = 0; w < FEW; ++w)
            for (int q = 0; q < count; ++q) {
                realv phase = b[pack + q];
                #pragma unroll
                for (int i = 0; i < HELD; ++i) phase += k[(pack + q) * HELD + i] * x[w * 8 + i];
                p[q][w] = phase;
            }
        for (int w = 0; w < FEW; ++w) { // one vector at a time: the polynomials' coefficients stay in registers
            realv sum = (realv)(0.0f);
            for (int q = 0; q < count; ++q) {
                realv cosine;
                cos_slope_turns(p[q][w], &cosine, &p[q][w]);
                sum += cosine;
            }
            total[w] += sum;
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
            for (int i = 0; i < HELD; ++i) slope[w][i] += (a[i][0] + a[i][1]) + (a[i][2] + a[i][3]);
        }
    }
    for (int w = 0; w < FEW; ++w) {
        energy[w] = across(total[w]);
        for (int i = 0; i < 8; ++i) s[w * 8 + i] = i < HELD ? across(slope[w][i]) : 0.0f;
    }
}
#endif
