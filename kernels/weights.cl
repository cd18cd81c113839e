// Weights of random layers: drawn from their places, read from a store, and multiplied with points.
// Places: weights W[row][column]: number column % 4 of (layer * 65536 + column / 4, row, network, STREAM_WEIGHTS);
// biases (layer * 65536 + row / 4, 0, network, STREAM_BIASES); masks word base % 4 of (layer * 65536 + row, base / 4,
// network, STREAM_DROPOUT), kept where its uniform is below keep. Layers count from 1; masks have the layer they leave.
// store[layer - first][network][row / ROWS][column][row % ROWS], rows below padded: weights that are kept.
#ifndef WEIGHTS_CL
#define WEIGHTS_CL
#include "philox.cl"

#define STREAM_WEIGHTS 16u
#define STREAM_BIASES 17u
#define STREAM_DROPOUT 18u
#define STREAM_SIGNS 19u

#if LANES == 8
#define VECTORS 2
#else
#define VECTORS 1
#endif
#define ROWS (VECTORS * LANES)      // rows of one work-item
#ifndef COLUMNS
#define COLUMNS 256                 // weights of ROWS x COLUMNS are at hand at once
#endif
#define LAYER(layer) ((uint)(layer) << 16)

typedef struct { uint width, padded, points, network, layer, key0, key1; float keep; } place;

inline place place_of(uint network, uint width, uint padded, uint points, uint layer, float keep, uint key0, uint key1)
{
    const place at = {width, padded, points, network, layer, key0, key1, keep};
    return at;
}

// Box-Muller on the words of one place: the normals of normal4, but for rounding.
#if IS_GPU
inline real4v normals_of(bits4 r)
{
    const realv m = SQRT(-2.0f * LOG_UNIFORM(uniform01(r.w0))), n = SQRT(-2.0f * LOG_UNIFORM(uniform01(r.w2)));
    const realv u = uniform01(r.w1), v = uniform01(r.w3);
    real4v out = {m * COS_TURNS(u), m * SIN_TURNS(u), n * COS_TURNS(v), n * SIN_TURNS(v)};
    return out;
}
#else
// sqrt(-2 ln u): log_uniform of vector.cl with -2 in its coefficients and ln 2 in one piece.
inline realv radius_of(uintv word)
{
    const uintv shifted = AS_UINT(uniform01(word)) + (0x3f800000u - 0x3f3504f3u);
    const realv e = AS_REAL((shifted >> 23) | 0x4b000000u) - (8388608.0f + 127.0f);
    const realv m = AS_REAL((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    const realv p = (((((((-1.4075267258e-1f * m + 2.3029220628e-1f) * m - 2.3353997480e-1f) * m + 2.4840281692e-1f) * m
        - 2.8498644558e-1f) * m + 3.3336131330e-1f) * m - 4.0001429530e-1f) * m + 4.9999987986e-1f) * m
        - 6.6666662348e-1f;
    return SQRT((p * m + 1.0f) * (m * m) + (e * -1.38629436112f - 2.0f * m));
}

// Cosine and sine of a word's fraction of a turn: its rest after half turns, whose parity is the sign of both, in
// [-1/4, 1/4); minimax (before rounding: cosine 5e-8, sine 3e-8 relative).
inline void direction_of(uintv word, realv *cosine, realv *sine)
{
    const uintv twice = word << 1, sign = (word ^ twice) & 0x80000000u;
    const realv r = TO_REAL(AS_INT(twice)) * 0x1p-33f, z = r * r;
    const realv c = (((56.3406476226f * z - 85.2540074144f) * z + 64.9352214656f) * z - 19.7391820725f) * z + 1.0f;
    const realv s = ((((38.506625f * z - 76.4236125f) * z + 81.5962686f) * z - 41.3416019f) * z + 6.28318531f) * r;
    *cosine = AS_REAL(AS_UINT(c) ^ sign);
    *sine = AS_REAL(AS_UINT(s) ^ sign);
}

inline real4v normals_of(bits4 r)
{
    const realv m = radius_of(r.w0), n = radius_of(r.w2);
    realv c, s, d, t;
    direction_of(r.w1, &c, &s);
    direction_of(r.w3, &d, &t);
    real4v out = {m * c, m * s, n * d, n * t};
    return out;
}
#endif

// ---- Panels: w[column - first][vector], rows across the lanes ----

inline void draw_panel(realv w[COLUMNS][VECTORS], const place *at, uint row, uint first, uint last,
                       const key_schedule *keys)
{
    for (uint c = first; c < last; c += 4)
        for (int v = 0; v < VECTORS; ++v) {
            const real4v z = normals_of(philox_walkers(LAYER(at->layer) + c / 4, row + v * LANES + LANE, at->network,
                                                       STREAM_WEIGHTS, at->key0, at->key1, keys));
            w[c - first][v] = z.a;
            w[c - first + 1][v] = z.b;
            w[c - first + 2][v] = z.c;
            w[c - first + 3][v] = z.d;
        }
}

// The same of the transposed weights: w[i - first] holds W[i][row ...].
inline void draw_panel_transposed(realv w[COLUMNS][VECTORS], const place *at, uint row, uint first, uint last)
{
#if LANES == 8
    // one call gives two rows i of 4 blocks of 4 columns
    const uintv block = LAYER(at->layer) + row / 4 + (LANE & 3u);
    __private float4 *four = (__private float4 *)w;
    for (uint i = first; i < last; i += 2) {
        const real4v z = normals_of(philox(block, i + (LANE >> 2), (uintv)(at->network), (uintv)(STREAM_WEIGHTS),
                                           at->key0, at->key1));
        union { float8 all[4]; float one[4][8]; } t;
        t.all[0] = z.a; t.all[1] = z.b; t.all[2] = z.c; t.all[3] = z.d;
        for (int l = 0; l < 8; ++l)
            four[(i - first) * 4 + l] = (float4)(t.one[0][l], t.one[1][l], t.one[2][l], t.one[3][l]);
    }
#else
    for (uint i = first; i < last; ++i)
        w[i - first][0] = normal1(LAYER(at->layer) + row / 4, i, at->network, STREAM_WEIGHTS, at->key0, at->key1, row % 4);
#endif
}

// Columns from `first` on of rows `row` ... of one layer and network, as they are stored.
inline __global const realv *stored_panel(__global const float *store, const place *at, uint row, uint first)
{
    return (__global const realv *)store + ((size_t)(row / ROWS) * at->width + first) * VECTORS;
}

inline void read_panel_transposed(realv w[COLUMNS][VECTORS], __global const float *store, const place *at, uint row,
                                  uint first, uint last)
{
    __private float *one = (__private float *)w;
    for (uint r = 0; r < ROWS; ++r) {
        const uint j = min(row + r, at->width - 1);
        for (uint i = first; i < last; ++i)
            one[(i - first) * ROWS + r] = store[((size_t)(i / ROWS) * at->width + j) * ROWS + i % ROWS];
    }
}

// h[point][vector] += w x[point], or = where fresh: `count` columns of w[column][VECTORS] and N points at once. Macros,
// for PoCL unrolls no loop whose bound is an argument.
#define MULTIPLY(NAME, N, SPACE) \
inline void NAME(SPACE const realv *w, __global const float *x, __global realv *h, size_t padded, size_t count, int fresh) \
{ \
    realv a[N][VECTORS]; \
    const size_t stride = padded / LANES; \
    _Pragma("unroll") \
    for (int p = 0; p < N; ++p) \
        _Pragma("unroll") \
        for (int v = 0; v < VECTORS; ++v) a[p][v] = fresh ? (realv)(0.0f) : h[p * stride + v]; \
    for (size_t c = 0; c < count; ++c, w += VECTORS) { \
        _Pragma("unroll") \
        for (int p = 0; p < N; ++p) { \
            const realv one = (realv)(x[p * padded + c]); \
            _Pragma("unroll") \
            for (int v = 0; v < VECTORS; ++v) a[p][v] += w[v] * one; \
        } \
    } \
    _Pragma("unroll") \
    for (int p = 0; p < N; ++p) \
        _Pragma("unroll") \
        for (int v = 0; v < VECTORS; ++v) h[p * stride + v] = a[p][v]; \
}

// The same for any number of points.
#define MULTIPLY_ALL(NAME, SPACE) \
MULTIPLY(NAME##_6, 6, SPACE) \
MULTIPLY(NAME##_4, 4, SPACE) \
MULTIPLY(NAME##_2, 2, SPACE) \
MULTIPLY(NAME##_1, 1, SPACE) \
inline void NAME(SPACE const realv *w, __global const float *x, __global realv *h, const place *at, uint count, int fresh) \
{ \
    const size_t padded = at->padded, stride = padded / LANES; \
    uint left = at->points; \
    for (; left >= 12 || left == 6; left -= 6, x += 6 * padded, h += 6 * stride) \
        NAME##_6(w, x, h, padded, count, fresh); \
    for (; left >= 4; left -= 4, x += 4 * padded, h += 4 * stride) NAME##_4(w, x, h, padded, count, fresh); \
    for (; left >= 2; left -= 2, x += 2 * padded, h += 2 * stride) NAME##_2(w, x, h, padded, count, fresh); \
    if (left) NAME##_1(w, x, h, padded, count, fresh); \
}
MULTIPLY_ALL(multiply, __private)
MULTIPLY_ALL(multiply_stored, __global)
#endif
