// Products of small matrices of which every lane has its own, in register tiles.
#ifndef MLP_LANES_TILES_CL
#define MLP_LANES_TILES_CL
#include "mlp.cl"

#if IS_GPU
#define AT(i) ((size_t)(i) * stride)    // stride: networks side by side
#else
#define AT(i) ((size_t)(i))
#endif

// out[p * op + q * oq] = from + sum_k a[p * ap + k * ak] b[q * bq + k * bk]; a is a number that all lanes share (A
// float) or their own. from: nothing, a bias[q * bq'] (bias, with its step), or what out holds already.
typedef struct { size_t op, oq, ap, ak, bq, bk; } strides;
enum { FROM_ZERO, FROM_BIAS, FROM_OUT };

#define TILE(NAME, M, N, A) \
inline void NAME(__global realv *out, __global const A *a, __global const realv *b, const strides *s, uint count, \
                 int from, __global const realv *bias, size_t step) \
{ \
    realv sum[M][N]; \
    _Pragma("unroll") \
    for (int p = 0; p < M; ++p) \
        _Pragma("unroll") \
        for (int q = 0; q < N; ++q) \
            sum[p][q] = from == FROM_ZERO ? (realv)(0.0f) : from == FROM_BIAS ? bias[q * step] : out[p * s->op + q * s->oq]; \
    for (uint k = 0; k < count; ++k) { \
        realv right[N]; \
        _Pragma("unroll") \
        for (int q = 0; q < N; ++q) right[q] = b[q * s->bq]; \
        _Pragma("unroll") \
        for (int p = 0; p < M; ++p) { \
            const realv left = (realv)(a[p * s->ap]); \
            _Pragma("unroll") \
            for (int q = 0; q < N; ++q) sum[p][q] += left * right[q]; \
        } \
        a += s->ak; \
        b += s->bk; \
    } \
    _Pragma("unroll") \
    for (int p = 0; p < M; ++p) \
        _Pragma("unroll") \
        for (int q = 0; q < N; ++q) out[p * s->op + q * s->oq] = sum[p][q]; \
}

// The same for all p < rows and q < columns.
#define PRODUCT(NAME, A) \
TILE(NAME##_4_3, 4, 3, A) \
TILE(NAME##_4_1, 4, 1, A) \
TILE(NAME##_1_6, 1, 6, A) \
TILE(NAME##_1_1, 1, 1, A) \
inline void NAME(__global realv *out, __global const A *a, __global const realv *b, const strides *s, uint rows, \
                 uint columns, uint count, int from, __global const realv *bias, size_t step) \
{ \
    uint p = 0; \
    for (; p + 4 <= rows; p += 4) { \
        uint q = 0; \
        for (; q + 3 <= columns; q += 3) \
            NAME##_4_3(out + p * s->op + q * s->oq, a + p * s->ap, b + q * s->bq, s, count, from, bias + q * step, step); \
        for (; q < columns; ++q) \
            NAME##_4_1(out + p * s->op + q * s->oq, a + p * s->ap, b + q * s->bq, s, count, from, bias + q * step, step); \
    } \
    for (; p < rows; ++p) { \
        uint q = 0; \
        for (; q + 6 <= columns; q += 6) \
            NAME##_1_6(out + p * s->op + q * s->oq, a + p * s->ap, b + q * s->bq, s, count, from, bias + q * step, step); \
        for (; q < columns; ++q) \
            NAME##_1_1(out + p * s->op + q * s->oq, a + p * s->ap, b + q * s->bq, s, count, from, bias + q * step, step); \
    } \
}
PRODUCT(product_shared, float)
PRODUCT(product_own, realv)
#endif
