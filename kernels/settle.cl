// What becomes of a layer's sums: pre-activations h = gain sum + offset b, and what enters the next layer. The kinds of
// points are explained in signals.cl.
#ifndef SETTLE_CL
#define SETTLE_CL
#include "weights.cl"
#include "activations.cl"

#define VALUE 0
#define TANGENT 1
#define BEND 2

inline realv mask_of(const place *at, uintv row, uint base)
{
    const bits4 r = philox(LAYER(at->layer) + row, (uintv)(base / 4), (uintv)(at->network), (uintv)(STREAM_DROPOUT),
                           at->key0, at->key1);
    const uint which = base % 4;
    const uintv word = which == 0 ? r.w0 : which == 1 ? r.w1 : which == 2 ? r.w2 : r.w3;
    return uniform01(word) < (realv)(at->keep) ? (realv)(1.0f / at->keep) : (realv)(0.0f);
}

// One vector of rows of all points: pre-activations from sums (unless `given`), and what enters the next layer.
inline void settle(__global realv *h, __global realv *x, __global const float *gain, __global const float *offset,
                   __global const int *kinds, __global const int *bases, const place *at, uint row, int given)
{
    const uint stride = at->padded / LANES;
    const uintv rows = row + LANE, inside = rows < (uintv)(at->width) ? (uintv)(0xffffffffu) : (uintv)(0u);
    const realv bias = normal1(LAYER(at->layer) + rows / 4, (uintv)(0u), (uintv)(at->network), (uintv)(STREAM_BIASES),
                               at->key0, at->key1, rows % 4);
    for (uint p = 0; p < at->points; ++p) {
        realv y = h[p * stride];
        if (!given) {
            y *= gain[p];
            if (kinds[p] == VALUE) y += offset[p] * bias;
        }
        h[p * stride] = AS_REAL(AS_UINT(y) & inside);
    }
    for (uint p = 0; p < at->points; ++p) {
        const uint base = bases[p];
        realv y;
        if (kinds[p] == VALUE) y = phi(h[p * stride]);
        else {
            const activated at_base = phi_all(h[base * stride]);
            y = at_base.slope * h[p * stride];
            if (kinds[p] == BEND) y += at_base.bend * h[(p - 1) * stride] * h[(p - 1) * stride];
        }
        if (at->keep < 1.0f) y *= mask_of(at, rows, base);
        x[p * stride] = AS_REAL(AS_UINT(y) & inside);
    }
}
#endif
