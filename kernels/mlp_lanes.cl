// Many small perceptrons trained side by side: a network in each lane, a tile of LANES networks a work-item, whole
// steps inside it. (On a GPU a work-item is one network.)
//
// Layout, all float32: theta[tile][parameter][lane] as Architecture orders parameters, likewise its moments and
// gradient (on a GPU [parameter][network]). x[row][dimension] and t[row][outputs] are shared by all networks; step k of
// a launch has rows k * advance to k * advance + batch - 1. scratch: as theta, with rows_of() rows a work-item: what a
// block of BLOCK samples leaves in each layer, h[layer][sample][unit], then d alike: phi' times the mask until the
// backward pass makes it dL/d(pre-activation); then the gradient. sizes[layers + 1]: units of each layer, inputs first.
// Defines: ACTIVATION; LANES and IS_GPU are the backend's.
#include "mlp_lanes_tiles.cl"

#ifndef BLOCK
#define BLOCK 16
#endif

typedef struct {
    __global const uint *sizes;
    uint layers, units, loss;       // layers of weights; units of all layers but the inputs
    int biased;
    size_t stride;
    float keep;
    uint step, network, key0, key1;
} task;

inline task task_of(__global const uint *sizes, uint layers, uint loss, int biased, float keep, size_t stride)
{
    task a = {sizes, layers, 0, loss, biased, stride, keep, 0, 0, 0, 0};
    for (uint l = 1; l <= layers; ++l) a.units += sizes[l];
    return a;
}

// Signals and slopes of one hidden layer from its pre-activations.
inline void settle(const task *a, __global realv *h, __global realv *d, uint layer, uint first, uint samples)
{
    const size_t stride = a->stride;
    const uint width = a->sizes[layer];
    for (uint i = 0; i < samples * width; ++i) {
        const activated y = settled(h[AT(i)]);
        h[AT(i)] = y.value;
        d[AT(i)] = y.slope;
    }
    if (!(a->keep < 1.0f)) return;
    for (uint s = 0; s < samples; ++s)
        for (uint u = 0; u < width; u += 4) {
            const uintv network = a->network + LANE, sample = (uintv)(first + s);
            const real4v m = masks_of(a->step, network, sample, layer, u, a->keep, a->key0, a->key1);
            const realv each[4] = {m.a, m.b, m.c, m.d};
            for (uint i = 0; i < LEAST(4u, width - u); ++i) {
                h[AT(s * width + u + i)] *= each[i];
                d[AT(s * width + u + i)] *= each[i];
            }
        }
}

// `samples` <= BLOCK of the batch from number `first` on, whose inputs are x, through all layers. Returns where the
// outputs are in h.
inline uint forward(const task *a, __global const realv *theta, __global const float *x, __global realv *h,
                    __global realv *d, uint first, uint samples)
{
    const size_t stride = a->stride;
    uint at = 0;
    for (uint l = 1; l <= a->layers; ++l) {
        const uint in = a->sizes[l - 1], out = a->sizes[l];
        __global const realv *bias = theta + AT(in * out);
        if (l == 1) {
            const strides s = {AT(out), AT(1), in, 1, AT(in), AT(1)};
            product_shared(h, x, theta, &s, samples, out, in, FROM_BIAS, bias, AT(1));
        } else {
            const strides s = {AT(out), AT(1), AT(in), AT(1), AT(in), AT(1)};
            product_own(h + AT(at), h + AT(at - BLOCK * in), theta, &s, samples, out, in, FROM_BIAS, bias, AT(1));
        }
        if (l == a->layers) return at;
        settle(a, h + AT(at), d + AT(at), l, first, samples);
        theta += AT((in + 1) * out);
        at += BLOCK * out;
    }
    return at;
}

// The gradient over `batch` samples x, t into g, block after block.
inline void backpropagate(const task *a, __global const realv *theta, __global const float *x, __global const float *t,
                          __global realv *h, __global realv *g, uint batch, uint parameters)
{
    const size_t stride = a->stride;
    const uint dimension = a->sizes[0], classes = a->sizes[a->layers];
    __global realv *d = h + AT(a->units * BLOCK);
    for (uint first = 0; first < batch; first += BLOCK) {
        const uint samples = LEAST((uint)BLOCK, batch - first);
        const int from = first ? FROM_OUT : FROM_ZERO;
        __global const float *rows = x + (size_t)first * dimension;
        uint at = forward(a, theta, rows, h, d, first, samples), end = parameters;
        for (uint s = 0; s < samples; ++s)
            slopes_shared(h + AT(at + s * classes), AT(1), t + (size_t)(first + s) * classes, 1,
                          d + AT(at + s * classes), classes, a->loss, (realv)(1.0f / (float)batch));
        for (uint l = a->layers; l >= 1; --l) {
            const uint in = a->sizes[l - 1], out = a->sizes[l], weights = end - (in + 1) * out;
            __global const realv *delta = d + AT(at);
            if (a->biased) sum_rows(g + AT(end - out), delta, samples, out, stride, first > 0);
            else if (!first)
                for (uint i = 0; i < out; ++i) g[AT(end - out + i)] = (realv)(0.0f);
            if (l == 1) {
                const strides s = {AT(1), AT(in), 1, in, AT(1), AT(out)};
                product_shared(g + AT(weights), rows, delta, &s, in, out, samples, from, delta, 0);
                break;
            }
            const uint before = at - BLOCK * in;
            const strides s = {AT(in), AT(1), AT(1), AT(out), AT(1), AT(in)};
            product_own(g + AT(weights), delta, h + AT(before), &s, out, in, samples, from, delta, 0);
            const strides r = {AT(in), AT(1), AT(out), AT(1), AT(1), AT(in)};
            product_own(d + AT(before), delta, theta + AT(weights), &r, samples, in, out, TIMES_OUT, delta, 0);
            at = before;
            end = weights;
        }
    }
}

// n steps from `step` on; work-item = tile.
__kernel void steps(__global realv *theta, __global realv *first, __global realv *second, __global realv *scratch,
                    __global const float *x, __global const float *t, __global const float *rates,
                    __global const uint *sizes, const uint layers, const uint parameters, const uint batch,
                    const uint advance, const uint step, const uint n, const uint loss, const uint rule,
                    const int biased, const float rate, const float momentum, const float epsilon, const float decay,
                    const float clip, const float keep, const uint key0, const uint key1)
{
    const size_t tile = get_global_id(0), stride = get_global_size(0);
    task a = task_of(sizes, layers, loss, biased, keep, stride);
    const dials_t dials = dials_of(rule, rate, momentum, epsilon, decay, clip);
    const uint rows = 2 * a.units * BLOCK;
    a.network = tile * LANES;
    a.key0 = key0;
    a.key1 = key1;
    theta += IS_GPU ? tile : tile * parameters;
    first += IS_GPU ? tile : tile * parameters;
    second += IS_GPU ? tile : tile * parameters;
    scratch += IS_GPU ? tile : tile * (rows + parameters);
    __global realv *g = scratch + AT(rows);
    for (uint k = 0; k < n; ++k, x += (size_t)advance * sizes[0], t += (size_t)advance * sizes[layers]) {
        a.step = step + k;
        backpropagate(&a, theta, x, t, scratch, g, batch, parameters);
        realv scale = (realv)(1.0f);
        if (clip > 0.0f) {
            realv squares = (realv)(0.0f);
            for (uint p = 0; p < parameters; ++p) squares += g[AT(p)] * g[AT(p)];
            scale = clipped(squares, &dials);
        }
        for (uint l = 1, p = 0; l <= layers; ++l) {
            const uint weights = sizes[l - 1] * sizes[l], end = p + weights + sizes[l];
            for (const uint last = biased ? end : p + weights; p < last; ++p)
                descend(theta + AT(p), first + AT(p), second + AT(p), scale * g[AT(p)], &dials, rates + 2 * k);
            p = end;
        }
    }
}

// g, laid out as theta, = dL/dtheta over n samples, without dropout; work-item = tile.
__kernel void gradient(__global const realv *theta, __global realv *g, __global realv *scratch,
                       __global const float *x, __global const float *t, __global const uint *sizes, const uint layers,
                       const uint parameters, const uint n, const uint loss, const int biased)
{
    const size_t tile = get_global_id(0), stride = get_global_size(0);
    const task a = task_of(sizes, layers, loss, biased, 1.0f, stride);
    const size_t from = IS_GPU ? tile : tile * parameters;
    scratch += IS_GPU ? tile : tile * (2 * a.units * BLOCK);
    backpropagate(&a, theta + from, x, t, scratch, g + from, n, parameters);
}

// Without dropout, of n samples: sums[chunk][tile][lane] of the losses and hits[chunk][tile][lane] of right answers;
// or, where keep_outputs is 1, outputs[sample][class][tile][lane]. Work-items take the pairs (tile, chunk) in turn.
__kernel void measure(__global const realv *theta, __global realv *scratch, __global const float *x,
                      __global const float *t, __global realv *sums, __global realv *hits, __global realv *outputs,
                      __global const uint *sizes, const uint layers, const uint parameters, const uint tiles,
                      const uint n, const uint chunk, const uint loss, const int keep_outputs)
{
    const size_t id = get_global_id(0), items = get_global_size(0), stride = IS_GPU ? tiles : 1;
    const uint classes = sizes[layers], chunks = (n + chunk - 1) / chunk;
    const task in_theta = task_of(sizes, layers, loss, 1, 1.0f, stride);
    // on a GPU the items stand side by side in scratch, the tiles in theta; there is one item for each pair
    const size_t rows = 2 * in_theta.units * BLOCK;
    scratch += IS_GPU ? id / tiles * rows * tiles + id % tiles : id * rows;
    for (size_t job = id; job < (size_t)tiles * chunks; job += items) {
        const size_t tile = job % tiles, at = job / tiles;
        const uint last = LEAST(n, (uint)(at + 1) * chunk);
        realv sum = (realv)(0.0f), right = (realv)(0.0f), hit;
        for (uint first = at * chunk; first < last; first += BLOCK) {
            const uint samples = LEAST((uint)BLOCK, last - first);
            const uint f = forward(&in_theta, theta + (IS_GPU ? tile : tile * parameters),
                                   x + (size_t)first * sizes[0], scratch, scratch + AT(in_theta.units * BLOCK), 0,
                                   samples);
            for (uint s = 0; s < samples; ++s) {
                __global const realv *y = scratch + AT(f + s * classes);
                if (keep_outputs)
                    for (uint c = 0; c < classes; ++c)
                        outputs[((size_t)(first + s) * classes + c) * tiles + tile] = y[AT(c)];
                else {
                    sum += loss_shared(y, AT(1), t + (size_t)(first + s) * classes, 1, classes, loss, &hit);
                    right += hit;
                }
            }
        }
        if (!keep_outputs) {
            sums[at * tiles + tile] = sum;
            hits[at * tiles + tile] = right;
        }
    }
}
