// Raw sums of up to FEW walkers with components in the lanes: device functions of field.cl, for 4 components or more.
// Reading k is what takes time. TOGETHER features are read from far once: their slopes are multiplied while they are
// still in the first-level cache, and meanwhile the next TOGETHER are fetched.
#ifndef FIELD_ROWS_CL
#define FIELD_ROWS_CL
#include "field_common.cl"

#define TOGETHER (8 / FEW) // features whose phases fill one vector: lane h * FEW + w is feature h of walker w

inline realv pairs(const realv a, const realv b) // sums of neighbours, within the halves of both
{
    return __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) +
           __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
}

inline realv across_each(const realv a[8]) // lane h: the sum over the lanes of a[h]
{
    const realv low = pairs(pairs(a[0], a[1]), pairs(a[2], a[3])), high = pairs(pairs(a[4], a[5]), pairs(a[6], a[7]));
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 8, 9, 10, 11) +
           __builtin_shufflevector(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
}

// Raw sums over features first..last-1, whole blocks, of k[feature][vectors]: energy[FEW] and s[FEW][vectors].
inline void sums(__global const realv *k, __global const float *b, __global const realv *x, __global realv *s,
                 const int first, const int last, const int vectors, float energy[FEW], const float keep,
                 const uint step, const uint walker, const uint key0, const uint key1)
{
    realv weight[PACKS][FEW], total = (realv)(0.0f);
    for (int i = 0; i < FEW * vectors; ++i) s[i] = (realv)(0.0f);
    for (int f = first; f < last; f += TOGETHER) {
        __global const realv *near = k + (size_t)f * vectors, *far = near + TOGETHER * vectors;
        realv a[8], lanes[1], cosine;
        float *each = (float *)lanes;
        #pragma unroll
        for (int h = 0; h < 8; ++h) a[h] = (realv)(0.0f);
        for (int i = 0; i < vectors; ++i)
            #pragma unroll
            for (int h = 0; h < TOGETHER; ++h)
                #pragma unroll
                for (int w = 0; w < FEW; ++w) a[h * FEW + w] += near[h * vectors + i] * x[w * vectors + i];
        #pragma unroll
        for (int h = 0; h < 8; ++h) each[h] = b[f + h / FEW];
        cos_slope_turns(across_each(a) + lanes[0], &cosine, lanes);
        total += cosine;
        if (keep < 1.0f) {
            if (f % BLOCK == 0) weights(weight, keep, f / 8, step, walker, key0, key1);
            for (int h = 0; h < 8; ++h) {
                const int place = f % BLOCK + h / FEW;
                each[h] *= ((const float *)&weight[place / 8][h % FEW])[place % 8];
            }
        }
        for (int i = 0; i < vectors; ++i) {
            #pragma unroll
            for (int h = 0; h < TOGETHER; h += 2) // two vectors are a line of the cache
                __builtin_prefetch((__global const char *)(far + i * TOGETHER + h));
            #pragma unroll
            for (int w = 0; w < FEW; ++w) {
                realv sum = near[i] * each[w]; // apart from s: fewer roundings at its size
                #pragma unroll
                for (int h = 1; h < TOGETHER; ++h) sum += near[h * vectors + i] * each[h * FEW + w];
                s[w * vectors + i] += sum;
            }
        }
    }
    for (int w = 0; w < FEW; ++w) {
        energy[w] = 0.0f;
        for (int h = 0; h < TOGETHER; ++h) energy[w] += ((const float *)&total)[h * FEW + w];
    }
}
#endif
