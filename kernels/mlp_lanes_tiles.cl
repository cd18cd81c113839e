// Products of small matrices of which every lane has its own, in register tiles.
#ifndef MLP_LANES_TILES_CL
#define MLP_LANES_TILES_CL
#include "mlp.cl"

#if IS_GPU
#define AT(i) ((size_t)(i) * stride)    // stride: networks side by side
#else
#define AT(i) ((size_t)(i))
#endif

// out[p * op + q * oq] = sum_k a[p * ap + k * ak] b[q * bq + k * bk]; a is a number that all lanes share (A float) or
// their own. FROM_BIAS adds bias[q * step], FROM_OUT what out holds, TIMES_OUT multiplies what it holds.
typedef struct { size_t op, oq, ap, ak, bq, bk; } strides;
enum { FROM_ZERO, FROM_BIAS, FROM_OUT, TIMES_OUT };

#define TILE(NAME, M, N, A) \
inline void NAME##_##M##_##N(__global realv *out, __global const A *a, __global const realv *b, const strides *s, \
                             uint count, int mode, __global const realv *bias, size_t step) \
{ \
    const size_t op = s->op, oq = s->oq, ap = s->ap, ak = s->ak, bq = s->bq, bk = s->bk; \
    realv sum[M][N]; \
    _Pragma("unroll") \
    for (int p = 0; p < M; ++p) \
        _Pragma("unroll") \
        for (int q = 0; q < N; ++q) \
            sum[p][q] = mode == FROM_BIAS ? bias[q * step] : mode == FROM_OUT ? out[p * op + q * oq] : (realv)(0.0f); \
    for (uint k = 0; k < count; ++k, a += ak, b += bk) { \
        realv right[N]; \
        _Pragma("unroll") \
        for (int q = 0; q < N; ++q) right[q] = b[q * bq]; \
        _Pragma("unroll") \
        for (int p = 0; p < M; ++p) { \
            const realv left = (realv)(a[p * ap]); \
            _Pragma("unroll") \
            for (int q = 0; q < N; ++q) sum[p][q] += left * right[q]; \
        } \
    } \
    _Pragma("unroll") \
    for (int p = 0; p < M; ++p) \
        _Pragma("unroll") \
        for (int q = 0; q < N; ++q) \
            out[p * op + q * oq] = mode == TIMES_OUT ? out[p * op + q * oq] * sum[p][q] : sum[p][q]; \
}

// n rows or columns in as few tiles of at most `most` as there can be: `wide` of width + 1, the others of width.
typedef struct { uint tiles, width, wide; } cut;
inline cut cut_of(uint n, uint most)
{
    const uint tiles = (n + most - 1) / most;
    const cut c = {tiles, n / tiles, n % tiles};
    return c;
}

// The same for all p < rows and q < columns.
#define COLUMNS(NAME, M, A) \
TILE(NAME, M, 1, A) \
TILE(NAME, M, 2, A) \
TILE(NAME, M, 3, A) \
inline void NAME##_##M(__global realv *out, __global const A *a, __global const realv *b, const strides *s, \
                       cut columns, uint count, int mode, __global const realv *bias, size_t step) \
{ \
    for (uint t = 0; t < columns.tiles; ++t) { \
        const uint n = columns.width + (t < columns.wide); \
        if (n == 3) NAME##_##M##_3(out, a, b, s, count, mode, bias, step); \
        else if (n == 2) NAME##_##M##_2(out, a, b, s, count, mode, bias, step); \
        else NAME##_##M##_1(out, a, b, s, count, mode, bias, step); \
        out += n * s->oq; \
        b += n * s->bq; \
        bias += n * step; \
    } \
}
#define PRODUCT(NAME, A) \
COLUMNS(NAME, 1, A) \
COLUMNS(NAME, 2, A) \
COLUMNS(NAME, 3, A) \
COLUMNS(NAME, 4, A) \
inline void NAME(__global realv *out, __global const A *a, __global const realv *b, const strides *s, uint rows, \
                 uint columns, uint count, int mode, __global const realv *bias, size_t step) \
{ \
    const cut down = cut_of(rows, 4), across = cut_of(columns, 3); \
    for (uint t = 0; t < down.tiles; ++t) { \
        const uint m = down.width + (t < down.wide); \
        switch (m) { \
        case 4: NAME##_4(out, a, b, s, across, count, mode, bias, step); break; \
        case 3: NAME##_3(out, a, b, s, across, count, mode, bias, step); break; \
        case 2: NAME##_2(out, a, b, s, across, count, mode, bias, step); break; \
        default: NAME##_1(out, a, b, s, across, count, mode, bias, step); \
        } \
        out += m * s->op; \
        a += m * s->ap; \
    } \
}
PRODUCT(product_shared, float)
PRODUCT(product_own, realv)

// g[j] += or = the sum over `rows` of d[row * columns + j], for j < columns.
inline void sum_rows(__global realv *g, __global const realv *d, uint rows, uint columns, size_t stride, int more)
{
    uint j = 0;
    for (; j + 4 <= columns; j += 4) {
        realv sum[4] = {(realv)(0.0f), (realv)(0.0f), (realv)(0.0f), (realv)(0.0f)};
        for (uint row = 0; row < rows; ++row)
#pragma unroll
            for (int i = 0; i < 4; ++i) sum[i] += d[AT(row * columns + j + i)];
#pragma unroll
        for (int i = 0; i < 4; ++i) g[AT(j + i)] = more ? g[AT(j + i)] + sum[i] : sum[i];
    }
    for (; j < columns; ++j) {
        realv even = (realv)(0.0f), odd = (realv)(0.0f);
        for (uint row = 0; row < rows; row += 2) {
            even += d[AT(row * columns + j)];
            if (row + 1 < rows) odd += d[AT((row + 1) * columns + j)];
        }
        g[AT(j)] = more ? g[AT(j)] + (even + odd) : even + odd;
    }
}
#endif
