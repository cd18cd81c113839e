// Few or middling perceptrons trained side by side: a network a work-item, its samples across the lanes, whole steps
// inside it. Layouts: mlp_samples.cl.
//
// theta[network][length] and its moments; scratch[network][space]: where the plan says, then the gradient of theta at
// `gradient_at`. h0, p0, targets: the batches of the steps, made by stage(); step k takes number k * advance.
// Defines: ACTIVATION; LANES and IS_GPU are the backend's.
#include "mlp_samples.cl"

#define SHORT 4096u     // parameters whose gradient stays in the first-level cache until all are there

// Forward and back over the block of samples in `a`, and what `r` says is to be done with the gradient.
inline void backpropagate(const net *a, const rule_t *r, __global float *scratch)
{
    const uint groups = groups_of(a->samples);
    for (uint l = 1; l <= a->layers; ++l) {
        multiply(a, r->theta, scratch, l, 0, SIZE(l), 0, groups);
        if (l < a->layers) settle(a, scratch, l, 0, SIZE(l));
    }
    lose(a, scratch, 0, groups);
    for (uint l = a->layers; l >= 1; --l) {
        if (l > 1) carry_back(a, r->theta, scratch, l, 0, groups_of(SIZE(l - 1)));
        if (SIZE(l - 1) < LANES) improve_narrow(a, r, scratch, l);
        else improve(a, r, scratch, l, 0, SIZE(l), 0, groups_of(SIZE(l - 1)));
        improve_biases(a, r, scratch, l, 0, SIZE(l));
    }
}

// Squared norm of a gradient g, without what fills rows up.
inline float squares_of(const net *a, __global const float *g)
{
    float total = 0.0f;
    for (uint l = 1; l <= a->layers; ++l) {
        const uint whole = SIZE(l - 1) / LANES * LANES;
        realv vectors = (realv)(0.0f);
        for (uint m = 0; m < SIZE(l); ++m) {
            __global const float *row = g + WEIGHTS(l) + m * ROW(l);
            for (uint n = 0; n < whole; n += LANES) {
                const realv slope = *(__global const realv *)(row + n);
                vectors += slope * slope;
            }
            for (uint n = whole; n < SIZE(l - 1); ++n) total += row[n] * row[n];
            if (a->biased) total += g[BIASES(l) + m] * g[BIASES(l) + m];
        }
        total += across(vectors);
    }
    return total;
}

inline net net_of(__global const uint *plan, uint layers, uint loss, int biased, float keep, uint batch, uint block,
                  uint step, uint key0, uint key1)
{
    const net a = {plan, layers, loss, 0, 0, batch, groups_of(batch) * PANEL, groups_of(LEAST(batch, block)) * PANEL,
                   biased, keep, step, 0, key0, key1, 0, 0, 0};
    return a;
}

// Block of samples from number `first` of the batch on.
inline void take_block(net *a, uint first, uint block, __global const float *h0, __global const float *p0,
                       __global const float *targets)
{
    a->first = first;
    a->samples = LEAST(block, a->batch - first);
    a->h0 = h0 + (size_t)first * SIZE(0);
    a->p0 = p0 + (size_t)first * PANEL;
    a->t = targets + (size_t)first * SIZE(a->layers);
}

// n steps from `step` on; work-item = network.
__kernel void steps(__global float *theta, __global float *first, __global float *second, __global float *scratch,
                    __global const float *h0, __global const float *p0, __global const float *targets,
                    __global const float *rates, __global const uint *plan, const uint layers, const uint length,
                    const uint space, const uint gradient_at, const uint batch, const uint block, const uint advance,
                    const uint step, const uint n, const uint loss, const uint rule, const int biased,
                    const float rate, const float momentum, const float epsilon, const float decay, const float clip,
                    const float keep, const uint key0, const uint key1)
{
    const size_t network = get_global_id(0);
    net one = net_of(plan, layers, loss, biased, keep, batch, block, step, key0, key1), *a = &one;
    scratch += network * space;
    one.network = network;
    rule_t r = {theta + network * length, first + network * length, second + network * length, scratch + gradient_at,
                rates, dials_of(rule, rate, momentum, epsilon, decay, clip),
                clip > 0.0f || batch > block || length < SHORT, FROM_ZERO};
    for (uint k = 0; k < n; ++k, r.rates += 2) {
        const size_t rows = (size_t)k * advance * one.rows;
        one.step = step + k;
        for (uint from = 0; from < batch; from += block) {
            take_block(a, from, block, h0 + rows * SIZE(0), p0 + rows * PANEL * groups_of(SIZE(0)),
                       targets + rows * SIZE(layers));
            r.mode = from ? FROM_OUT : FROM_ZERO;
            backpropagate(a, &r, scratch);
        }
        if (!r.kept) continue;
        realv scale = (realv)(1.0f);
        if (clip > 0.0f) {
            scale = clipped((realv)(squares_of(a, r.g)), &r.dials);
        }
        for (uint l = 1; l <= layers; ++l)
            descend_row(&r, r.g + WEIGHTS(l), WEIGHTS(l), SIZE(l) * ROW(l) + (biased ? SLOPE_ROW(l) : 0), scale);
    }
}

// Partial gradients g[network][part][length] of the mean loss over n samples, without dropout: part `part` of `parts`
// has every parts-th block of samples; scratch[network][part][space]. Work-item = network * parts + part.
__kernel void gradient(__global float *theta, __global float *g, __global float *scratch, __global const float *h0,
                       __global const float *p0, __global const float *targets, __global const uint *plan,
                       const uint layers, const uint length, const uint space, const uint n, const uint block,
                       const uint parts, const uint loss, const int biased)
{
    const size_t item = get_global_id(0), network = item / parts;
    net one = net_of(plan, layers, loss, biased, 1.0f, n, block, 0, 0, 0), *a = &one;
    scratch += item * space;
    rule_t r = {theta + network * length, 0, 0, g + item * length, 0,
                dials_of(RULE_SGD, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f), 1, FROM_ZERO};
    for (uint from = item % parts * block; from < n; from += parts * block) {
        take_block(a, from, block, h0, p0, targets);
        r.mode = from < parts * block ? FROM_ZERO : FROM_OUT;
        backpropagate(a, &r, scratch);
    }
}

// Without dropout, of n samples: sums[block][network] of the losses and hits[block][network] of right answers; or,
// where keep_outputs is 1, outputs[sample][class][network]. Work-items take the pairs (network, block) in turn.
__kernel void measure(__global const float *theta, __global float *scratch, __global const float *h0,
                      __global const float *targets, __global float *sums, __global float *hits,
                      __global float *outputs, __global const uint *plan, const uint layers, const uint length,
                      const uint space, const uint networks, const uint n, const uint block, const uint loss, const int keep_outputs)
{
    const uint blocks = (n + block - 1) / block;
    net one = net_of(plan, layers, loss, 1, 1.0f, n, block, 0, 0, 0), *a = &one;
    const uint classes = SIZE(layers);
    scratch += get_global_id(0) * space;
    for (size_t job = get_global_id(0); job < (size_t)networks * blocks; job += get_global_size(0)) {
        const size_t network = job % networks, at = job / networks;
        take_block(a, at * block, block, h0, h0, targets);
        for (uint l = 1; l <= layers; ++l) {
            multiply(a, theta + network * length, scratch, l, 0, SIZE(l), 0, groups_of(one.samples));
            if (l < layers) settle(a, scratch, l, 0, SIZE(l));
        }
        realv sum = (realv)(0.0f), right = (realv)(0.0f), hit;
        for (uint g = 0; g < groups_of(one.samples); ++g)
            for (uint v = 0; v < vectors_in(one.samples, g); ++v) {
                const uint sample = g * PANEL + v * LANES;
                const size_t place = (size_t)g * classes * VECTORS + v;
                __global const realv *f = (__global const realv *)(scratch + SIGNALS(layers)) + place;
                if (keep_outputs) {
                    for (uint c = 0; c < classes; ++c)
                        for (uint s = 0; s < LEAST((uint)LANES, one.samples - sample); ++s)
                            outputs[((one.first + sample + s) * classes + c) * networks + network] =
                                ((__global const float *)(f + c * VECTORS))[s];
                    continue;
                }
                const uintv real = LESS(sample + LANE, (uintv)(one.samples));   // the others are anything
                __global const realv *t = (__global const realv *)one.t + place;
                sum += AS_REAL(AS_UINT(loss_own(f, VECTORS, t, VECTORS, classes, loss, &hit)) & real);
                right += AS_REAL(AS_UINT(hit) & real);
            }
        if (keep_outputs) continue;
        sums[at * networks + network] = across(sum);
        hits[at * networks + network] = across(right);
    }
}
