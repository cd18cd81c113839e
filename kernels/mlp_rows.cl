// Products in register tiles of up to 6 rows by VECTORS vectors, and 8 x 8 transposes.
#ifndef MLP_ROWS_CL
#define MLP_ROWS_CL
#include "mlp.cl"

#if IS_GPU
#define VECTORS 4
#else
#define VECTORS 2
#endif
#define PANEL (VECTORS * LANES)     // numbers that a row of a panel holds
#define MOST 6                      // rows of a tile

enum { FROM_ZERO, FROM_BIAS, FROM_OUT, TIMES_OUT };

// c[m * cm + n] = sum_k a[m * am + k * ak] b[k * bk + n], to which FROM_BIAS adds bias[m] and FROM_OUT what c holds, or
// which TIMES_OUT multiplies c with. Strides of a in numbers, of b and c in vectors.
typedef struct { size_t cm, am, ak, bk; } strides;

#define TILE(M, N) \
inline void tile_##M##_##N(__global realv *c, __global const float *a, __global const realv *b, const strides *s, \
                           uint count, int mode, __global const float *bias) \
{ \
    const size_t cm = s->cm, am = s->am, ak = s->ak, bk = s->bk; \
    realv sum[M][N]; \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) \
            sum[m][n] = mode == FROM_BIAS ? (realv)(bias[m]) : mode == FROM_OUT ? c[m * cm + n] : (realv)(0.0f); \
    for (uint k = 0; k < count; ++k, a += ak, b += bk) { \
        realv right[N]; \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) right[n] = b[n]; \
        _Pragma("unroll") \
        for (int m = 0; m < M; ++m) { \
            const realv left = (realv)(a[m * am]); \
            _Pragma("unroll") \
            for (int n = 0; n < N; ++n) sum[m][n] += left * right[n]; \
        } \
    } \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) c[m * cm + n] = mode == TIMES_OUT ? c[m * cm + n] * sum[m][n] : sum[m][n]; \
}

#define TILES(N) \
TILE(1, N) TILE(2, N) TILE(3, N) TILE(4, N) TILE(5, N) TILE(6, N) \
inline void tile_##N(uint rows, __global realv *c, __global const float *a, __global const realv *b, const strides *s, \
                     uint count, int mode, __global const float *bias) \
{ \
    switch (rows) { \
    case 6: tile_6_##N(c, a, b, s, count, mode, bias); break; \
    case 5: tile_5_##N(c, a, b, s, count, mode, bias); break; \
    case 4: tile_4_##N(c, a, b, s, count, mode, bias); break; \
    case 3: tile_3_##N(c, a, b, s, count, mode, bias); break; \
    case 2: tile_2_##N(c, a, b, s, count, mode, bias); break; \
    default: tile_1_##N(c, a, b, s, count, mode, bias); \
    } \
}
#if IS_GPU
TILES(4)
#define TILE_WIDE tile_4
#else
TILES(2)
#define TILE_WIDE tile_2
#endif
TILES(1)

// `width` vectors (1 to VECTORS) of `rows` rows (1 to MOST).
inline void tile(uint rows, uint width, __global realv *c, __global const float *a, __global const realv *b,
                 const strides *s, uint count, int mode, __global const float *bias)
{
    if (width == VECTORS) TILE_WIDE(rows, c, a, b, s, count, mode, bias);
    else
        for (uint n = 0; n < width; ++n) tile_1(rows, c + n, a, b + n, s, count, mode, bias);
}

// n rows in as few tiles as there can be, all but equal: where tile `t` of cuts(n) begins.
inline uint cuts(uint n) { return (n + MOST - 1) / MOST; }
inline uint cut(uint n, uint t) { return t * n / cuts(n); }

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
