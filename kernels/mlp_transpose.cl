// A block of LANES vectors, turned.
#ifndef MLP_TRANSPOSE_CL
#define MLP_TRANSPOSE_CL
#include "vector.cl"

#if LANES == 8
// r[i] lane j <-> r[j] lane i
inline void transpose(realv r[8])
{
    realv a[8], b[8];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        a[2 * i] = (float8)(r[2 * i].s0, r[2 * i + 1].s0, r[2 * i].s1, r[2 * i + 1].s1, r[2 * i].s4, r[2 * i + 1].s4,
                            r[2 * i].s5, r[2 * i + 1].s5);
        a[2 * i + 1] = (float8)(r[2 * i].s2, r[2 * i + 1].s2, r[2 * i].s3, r[2 * i + 1].s3, r[2 * i].s6,
                                r[2 * i + 1].s6, r[2 * i].s7, r[2 * i + 1].s7);
    }
#pragma unroll
    for (int i = 0; i < 8; i += 4)
#pragma unroll
        for (int j = 0; j < 2; ++j) {
            const realv p = a[i + j], q = a[i + j + 2];
            b[i + 2 * j] = (float8)(p.s0, p.s1, q.s0, q.s1, p.s4, p.s5, q.s4, q.s5);
            b[i + 2 * j + 1] = (float8)(p.s2, p.s3, q.s2, q.s3, p.s6, p.s7, q.s6, q.s7);
        }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        r[i] = (float8)(b[i].lo, b[i + 4].lo);
        r[i + 4] = (float8)(b[i].hi, b[i + 4].hi);
    }
}
#else
inline void transpose(realv r[1]) {}
#endif
#endif
