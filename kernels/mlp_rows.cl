// Products in register tiles of up to 6 rows by VECTORS vectors.
#ifndef MLP_ROWS_CL
#define MLP_ROWS_CL
#include "mlp.cl"
#include "mlp_transpose.cl"

#if IS_GPU
#define VECTORS 4
#else
#define VECTORS 2
#endif
#define PANEL (VECTORS * LANES)     // numbers that a row of a panel holds
#define MOST 6                      // rows of a tile

enum { FROM_ZERO, FROM_BIAS, FROM_OUT, TIMES_OUT, TIMES_SLOPE };

// c[m * cm + n] = sum_k a[m, k] b[k * bk + n], to which FROM_BIAS adds beside[m] and FROM_OUT what c holds; or
// TIMES_OUT what c holds, TIMES_SLOPE phi' of the signals beside[m * PANEL + n], times the sum. Strides of a in numbers,
// of b and c in vectors. a[m, k] is a[m * by + k] (along) or a[k * by + m] (across_rows).
typedef struct { size_t cm, by, bk; } strides;

#define ALONG(M) \
    __global const float *row[M]; \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) row[m] = a + m * by;
#define ACROSS(M) __global const float *row[1] = {a};
#define LEFT_ALONG(m, k) row[m][k]
#define LEFT_ACROSS(m, k) row[0][(k) * by + m]

// U: sums that a sum is split into, where there are too few to hide what an addition takes; at least two k a turn
#define TILE(NAME, M, N, U, ROWS, LEFT) \
__attribute__((always_inline)) inline void NAME##_##M##_##N(__global realv *c, __global const float *a, \
        __global const realv *b, const strides *s, uint count, int mode, __global const float *beside) \
{ \
    const size_t cm = s->cm, by = s->by, bk = s->bk; \
    realv sum[U][M][N]; \
    ROWS(M) \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) { \
            sum[0][m][n] = mode == FROM_BIAS ? (realv)(beside[m]) : mode == FROM_OUT ? c[m * cm + n] : (realv)(0.0f); \
            _Pragma("unroll") \
            for (int u = 1; u < U; ++u) sum[u][m][n] = (realv)(0.0f); \
        } \
    size_t k = 0; \
    for (; k + (U > 1 ? U : 2) <= count; k += U > 1 ? U : 2, b += (U > 1 ? U : 2) * bk) \
        _Pragma("unroll") \
        for (int u = 0; u < (U > 1 ? U : 2); ++u) { \
            ROUND(M, N, U > 1 ? u : 0, LEFT, k + u, b + u * bk) \
        } \
    for (; k < count; ++k, b += bk) { \
        ROUND(M, N, 0, LEFT, k, b) \
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
#define ROUND(M, N, u, LEFT, k, b) \
    realv right[N]; \
    _Pragma("unroll") \
    for (int n = 0; n < N; ++n) right[n] = (b)[n]; \
    _Pragma("unroll") \
    for (int m = 0; m < M; ++m) { \
        const realv left = (realv)(LEFT(m, k)); \
        _Pragma("unroll") \
        for (int n = 0; n < N; ++n) sum[u][m][n] += left * right[n]; \
    }

#define TILES(NAME, N) \
__attribute__((always_inline)) inline void NAME##_##N(uint rows, __global realv *c, __global const float *a, \
        __global const realv *b, const strides *s, uint count, int mode, __global const float *beside) \
{ \
    switch (rows) { \
    case 6: NAME##_6_##N(c, a, b, s, count, mode, beside); break; \
    case 5: NAME##_5_##N(c, a, b, s, count, mode, beside); break; \
    case 4: NAME##_4_##N(c, a, b, s, count, mode, beside); break; \
    case 3: NAME##_3_##N(c, a, b, s, count, mode, beside); break; \
    case 2: NAME##_2_##N(c, a, b, s, count, mode, beside); break; \
    default: NAME##_1_##N(c, a, b, s, count, mode, beside); \
    } \
}
#if IS_GPU
#define ALL_TILES(NAME, ROWS, LEFT) \
TILE(NAME, 1, 4, 1, ROWS, LEFT) TILE(NAME, 2, 4, 1, ROWS, LEFT) TILE(NAME, 3, 4, 1, ROWS, LEFT) \
TILE(NAME, 4, 4, 1, ROWS, LEFT) TILE(NAME, 5, 4, 1, ROWS, LEFT) TILE(NAME, 6, 4, 1, ROWS, LEFT) TILES(NAME, 4) \
TILE(NAME, 1, 1, 1, ROWS, LEFT) TILE(NAME, 2, 1, 1, ROWS, LEFT) TILE(NAME, 3, 1, 1, ROWS, LEFT) \
TILE(NAME, 4, 1, 1, ROWS, LEFT) TILE(NAME, 5, 1, 1, ROWS, LEFT) TILE(NAME, 6, 1, 1, ROWS, LEFT) TILES(NAME, 1)
#define WHOLE(NAME) NAME##_4
#else
#define ALL_TILES(NAME, ROWS, LEFT) \
TILE(NAME, 1, 2, 4, ROWS, LEFT) TILE(NAME, 2, 2, 2, ROWS, LEFT) TILE(NAME, 3, 2, 2, ROWS, LEFT) \
TILE(NAME, 4, 2, 1, ROWS, LEFT) TILE(NAME, 5, 2, 1, ROWS, LEFT) TILE(NAME, 6, 2, 1, ROWS, LEFT) TILES(NAME, 2) \
TILE(NAME, 1, 1, 4, ROWS, LEFT) TILE(NAME, 2, 1, 4, ROWS, LEFT) TILE(NAME, 3, 1, 3, ROWS, LEFT) \
TILE(NAME, 4, 1, 2, ROWS, LEFT) TILE(NAME, 5, 1, 2, ROWS, LEFT) TILE(NAME, 6, 1, 2, ROWS, LEFT) TILES(NAME, 1)
#define WHOLE(NAME) NAME##_2
#endif

// `width` vectors (1 to VECTORS) of `rows` rows (1 to MOST).
#define PRODUCT(NAME) \
inline void NAME(uint rows, uint width, __global realv *c, __global const float *a, __global const realv *b, \
                 const strides *s, uint count, int mode, __global const float *beside) \
{ \
    if (width == VECTORS) WHOLE(NAME)(rows, c, a, b, s, count, mode, beside); \
    else \
        for (uint n = 0; n < width; ++n) \
            NAME##_1(rows, c + n, a, b + n, s, count, mode, beside + (mode == TIMES_SLOPE ? n * LANES : 0)); \
}
ALL_TILES(along, ALONG, LEFT_ALONG)
PRODUCT(along)
ALL_TILES(across_rows, ACROSS, LEFT_ACROSS)
PRODUCT(across_rows)

// Rows of the next tile where `left` are left: as few tiles as there can be, the last two alike; no division.
inline uint next_rows(uint left) { return left >= 2 * MOST ? MOST : left > MOST ? (left + 1) / 2 : left; }
#endif
