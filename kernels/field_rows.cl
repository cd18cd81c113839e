// Raw sums of up to FEW walkers with components in the lanes: device functions of field.cl, for 4 components or more.
// Reading k is what takes time. TOGETHER features are read from far once: their slopes are multiplied while they are
// still in the first-level cache, and meanwhile the next TOGETHER are fetched there, and those after the next eight
// into the second-level cache.
#ifndef FIELD_ROWS_CL
#define FIELD_ROWS_CL
#include "field_common.cl"

// A word holds the upper halves of two levels, whose lower halves are zero: the components of one vector in its lower
// half, those of the next in its upper one.
#define LOW(pair) AS_REAL((pair) << 16)
#define HIGH(pair) AS_REAL((pair) & 0xffff0000u)
#define TOGETHER (8 / FEW) // features whose phases fill one vector: lane h * FEW + w is feature h of walker w

#define FROM(f) (k + (size_t)((f) / 8) * 8 * pairs + (f) % 8)
#define LINES (FEW == 1 ? 2 : 1) // of the cache, fetched from afar for each pair of vectors

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

// Raw sums over features first..last-1, whole blocks, of k[feature / 8][pair][8] times `deviation`: energy[FEW] and
// s[FEW][2 * pairs].
inline void sums(__global const uintv *k, __global const float *b, __global const realv *x, __global realv *s,
                 const int first, const int last, const size_t pairs, const float deviation, float energy[FEW],
                 const float keep, const uint step, const uint walker, const uint key0, const uint key1)
{
    const size_t vectors = 2 * pairs;
    realv weight[PACKS][FEW], total = (realv)(0.0f);
    for (size_t i = 0; i < FEW * vectors; ++i) s[i] = (realv)(0.0f);
    for (int f = first; f < last; f += TOGETHER) {
        __global const uintv *near = FROM(f), *next = FROM(f + TOGETHER);
        __global const char *far = (__global const char *)FROM(f / 8 * 8 + 16);
        far += f % 8 / TOGETHER * 2 * LINES * pairs * 64;
        realv a[8], lanes[1], cosine;
        float *each = (float *)lanes;
        for (int side = 0; side < 2; ++side) { // so few that their sums stay in registers
            __global const uintv *here = near + side * TOGETHER / 2;
            realv low[4], high[4];
            #pragma unroll
            for (int h = 0; h < 4; ++h) low[h] = high[h] = (realv)(0.0f);
            for (size_t i = 0; i < pairs; ++i) {
                #pragma unroll
                for (int line = 0; line < LINES; ++line, far += 64) __builtin_prefetch(far, 0, 2);
                #pragma unroll
                for (int h = 0; h < 4 / FEW; ++h)
                    #pragma unroll
                    for (int w = 0; w < FEW; ++w) {
                        low[h * FEW + w] += LOW(here[i * 8 + h]) * x[w * vectors + 2 * i];
                        high[h * FEW + w] += HIGH(here[i * 8 + h]) * x[w * vectors + 2 * i + 1];
                    }
            }
            #pragma unroll
            for (int h = 0; h < 4; ++h) a[side * 4 + h] = low[h] + high[h];
        }
        #pragma unroll
        for (int h = 0; h < 8; ++h) each[h] = b[f + h / FEW];
        cos_slope_turns(across_each(a) * deviation + lanes[0], &cosine, lanes);
        total += cosine;
        if (keep < 1.0f) {
            if (f % BLOCK == 0) weights(weight, keep, f / 8, step, walker, key0, key1);
            for (int h = 0; h < 8; ++h) {
                const int place = f % BLOCK + h / FEW;
                each[h] *= ((const float *)&weight[place / 8][h % FEW])[place % 8];
            }
        }
        lanes[0] *= deviation;
        for (size_t i = 0; i < pairs; ++i) {
            #pragma unroll
            for (int h = 0; h < TOGETHER; h += 2) // two vectors are a line
                __builtin_prefetch(next + i * 8 + h);
            #pragma unroll
            for (int w = 0; w < FEW; ++w) {
                realv low = LOW(near[i * 8]) * each[w]; // apart from s: fewer roundings at its size
                realv high = HIGH(near[i * 8]) * each[w];
                #pragma unroll
                for (int h = 1; h < TOGETHER; ++h) {
                    low += LOW(near[i * 8 + h]) * each[h * FEW + w];
                    high += HIGH(near[i * 8 + h]) * each[h * FEW + w];
                }
                s[w * vectors + 2 * i] += low;
                s[w * vectors + 2 * i + 1] += high;
            }
        }
    }
    for (int w = 0; w < FEW; ++w) {
        energy[w] = 0.0f;
        for (int h = 0; h < TOGETHER; ++h) energy[w] += ((const float *)&total)[h * FEW + w];
    }
}
#endif
