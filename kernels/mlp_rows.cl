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

enum { FROM_ZERO, FROM_BIAS, FROM_OUT, TIMES_OUT, TIMES_SLOPE };

// c[m * cm + n] = sum_k a[m * am + k * ak] b[k * bk + n], to which FROM_BIAS adds beside[m] and FROM_OUT what c holds;
// or TIMES_OUT what c holds, TIMES_SLOPE phi' of the signals beside[m * PANEL + n], times the sum. Strides of a in
// numbers, of b and c in vectors.
typedef struct { size_t cm, am, ak, bk; } strides;

// U: sums that a sum is split into, where there are too few to hide what an addition takes
#define TILE(M, N, U) \
__attribute__((always_inline)) inline void tile_##M##_##N(__global realv *c, __global const float *a, \
        __global const realv *b, const strides *s, uint count, int mode, __global const float *beside) \
{ \
    const size_t cm = s->cm, am = s->am, ak = s->ak, bk = s->bk; \
    realv sum[U][M][N]; \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) { \
            sum[0][m][n] = mode == FROM_BIAS ? (realv)(beside[m]) : mode == FROM_OUT ? c[m * cm + n] : (realv)(0.0f); \
            _Pragma("unroll") \
            for (int u = 1; u < U; ++u) sum[u][m][n] = (realv)(0.0f); \
        } \
    uint k = 0; \
    for (; k + U <= count; k += U) \
        _Pragma("unroll") \
        for (int u = 0; u < U; ++u) { \
            ROUND(M, N, u) \
        } \
    if (U > 1) \
        for (; k < count; ++k) { \
            ROUND(M, N, 0) \
        } \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) { \
            realv all = sum[0][m][n]; \
            _Pragma("unroll") \
            for (int u = 1; u < U; ++u) all += sum[u][m][n]; \
            if (mode == TIMES_OUT) all *= c[m * cm + n]; \
            else if (mode == TIMES_SLOPE) all *= slope_of(((__global const realv *)beside)[m * VECTORS + n]); \
            c[m * cm + n] = all; \
        } \
}
#define ROUND(M, N, u) \
    realv right[N]; \
    _Pragma("unroll") \
    for (int n = 0; n < N; ++n) right[n] = b[n]; \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) { \
        const realv left = (realv)(a[m * am]); \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) sum[u][m][n] += left * right[n]; \
    } \
    a += ak; \
    b += bk;

#define TILES(N) \
__attribute__((always_inline)) inline void tile_##N(uint rows, __global realv *c, __global const float *a, \
        __global const realv *b, const strides *s, uint count, int mode, __global const float *beside) \
{ \
    switch (rows) { \
    case 6: tile_6_##N(c, a, b, s, count, mode, beside); break; \
    case 5: tile_5_##N(c, a, b, s, count, mode, beside); break; \
    case 4: tile_4_##N(c, a, b, s, count, mode, beside); break; \
    case 3: tile_3_##N(c, a, b, s, count, mode, beside); break; \
    case 2: tile_2_##N(c, a, b, s, count, mode, beside); break; \
    default: tile_1_##N(c, a, b, s, count, mode, beside); \
    } \
}
#if IS_GPU
TILE(1, 4, 1) TILE(2, 4, 1) TILE(3, 4, 1) TILE(4, 4, 1) TILE(5, 4, 1) TILE(6, 4, 1) TILES(4)
TILE(1, 1, 1) TILE(2, 1, 1) TILE(3, 1, 1) TILE(4, 1, 1) TILE(5, 1, 1) TILE(6, 1, 1) TILES(1)
#define TILE_WIDE tile_4
#else
TILE(1, 2, 4) TILE(2, 2, 2) TILE(3, 2, 2) TILE(4, 2, 1) TILE(5, 2, 1) TILE(6, 2, 1) TILES(2)
TILE(1, 1, 4) TILE(2, 1, 4) TILE(3, 1, 3) TILE(4, 1, 2) TILE(5, 1, 2) TILE(6, 1, 2) TILES(1)
#define TILE_WIDE tile_2
#endif

// `width` vectors (1 to VECTORS) of `rows` rows (1 to MOST).
__attribute__((always_inline)) inline void tile(uint rows, uint width, __global realv *c, __global const float *a, __global const realv *b,
                 const strides *s, uint count, int mode, __global const float *beside)
{
    if (width == VECTORS) TILE_WIDE(rows, c, a, b, s, count, mode, beside);
    else
        for (uint n = 0; n < width; ++n)
            tile_1(rows, c + n, a, b + n, s, count, mode, beside + (mode == TIMES_SLOPE ? n * LANES : 0));
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
