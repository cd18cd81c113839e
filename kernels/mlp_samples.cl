// One perceptron with the samples of a batch across the lanes: the parts of a step, for one network.
//
// A batch is cut into groups of PANEL samples, its last group filled up with anything. Layouts, all float32:
//   signals   h[group][unit][PANEL]           units in rows, samples in the vectors: what a layer's product reads
//   turned    p[unit / PANEL][sample][PANEL]  samples in rows, units in the vectors: what the weights' gradient reads
//   slopes    d[sample][unit padded to LANES] dL/d(pre-activation); before the backward pass phi' times the mask, where
//             it is not known from the turned signals (KNOWN)
//   weights   W[fan_out][row], rows of fan_in padded with zeros; b[fan_out] padded with zeros
// plan[layer][FIELDS] says where they are; layer 0 is the input, whose signals and turned signals are given.
#ifndef MLP_SAMPLES_CL
#define MLP_SAMPLES_CL
#include "mlp_rows.cl"

#define FIELDS 8
#define SIZE(l) (a->plan[FIELDS * (l)])             // units
#define ROW(l) (a->plan[FIELDS * (l) + 1])          // numbers of a row of W
#define WEIGHTS(l) (a->plan[FIELDS * (l) + 2])      // W's place in theta
#define BIASES(l) (a->plan[FIELDS * (l) + 3])
#define SIGNALS(l) (a->plan[FIELDS * (l) + 4])      // h's place in scratch; of the last layer the outputs
#define TURNED(l) (a->plan[FIELDS * (l) + 5])
#define SLOPES(l) (a->plan[FIELDS * (l) + 6])
#define SLOPE_ROW(l) (a->plan[FIELDS * (l) + 7])    // numbers of a row of d

// samples: of this block, of which `first` of the batch are before it. h0, p0, t: its inputs and targets; rows: those
// of a panel of p0, and hidden_rows of other panels.
typedef struct {
    __global const uint *plan;
    uint layers, loss, samples, first, batch, rows, hidden_rows;
    int biased;
    float keep;
    uint step, network, key0, key1;
    __global const float *h0, *p0, *t;
} net;

// Whether the turned signals know the slopes.
#define KNOWN(a) (SLOPE_OF_VALUE && !((a)->keep < 1.0f))

inline uint groups_of(uint samples) { return (samples + PANEL - 1) / PANEL; }
// vectors of group or panel g that hold something of n
inline uint vectors_in(uint n, uint g) { return LEAST((uint)VECTORS, (n - g * PANEL + LANES - 1) / LANES); }

inline __global const float *signals_into(const net *a, __global const float *scratch, uint l)
{
    return l == 1 ? a->h0 : scratch + SIGNALS(l - 1);
}

// Pre-activations of rows `from` to `to` - 1 of layer l and groups `group` to `end` - 1, into its signals.
inline void multiply(const net *a, __global const float *theta, __global float *scratch, uint l, uint from, uint to,
                     uint group, uint end)
{
    const uint in = SIZE(l - 1), out = SIZE(l), row = ROW(l);
    const strides s = {VECTORS, row, VECTORS};
    __global const realv *below = (__global const realv *)signals_into(a, scratch, l);
    __global realv *h = (__global realv *)(scratch + SIGNALS(l));
    __global const float *w = theta + WEIGHTS(l), *bias = theta + BIASES(l);
    for (uint g = group; g < end; ++g) {
        const uint width = vectors_in(a->samples, g);
        for (uint i = from, rows; i < to; i += rows) {
            rows = next_rows(to - i);
            along(rows, width, h + (g * out + i) * VECTORS, w + i * row, below + g * in * VECTORS, &s, in, FROM_BIAS,
                  bias + i);
        }
    }
}

// Dropout of the LANES units from `unit` on for the samples in the lanes, the first of them `sample`.
inline void silence(const net *a, realv *value, realv *slope, uint l, uint unit, uint sample)
{
    for (uint u = 0; u < LANES; u += 4) {
        const real4v m = masks_of(a->step, (uintv)(a->network), sample + LANE, l, unit + u, a->keep, a->key0, a->key1);
        const realv each[4] = {m.a, m.b, m.c, m.d};
        const uint skip = LANES == 1 ? unit % 4 : 0;
        for (uint i = 0; i < LEAST(4, LANES); ++i) {
            value[u + i] *= each[skip + i];
            slope[u + i] *= each[skip + i];
        }
    }
}

// From pre-activations of units `from` (a multiple of LANES) to `to` - 1: signals, turned signals and slopes. Of the
// units from SIZE(l) on, turned signals are zero.
inline void settle(const net *a, __global float *scratch, uint l, uint from, uint to)
{
    const uint out = SIZE(l), row = SLOPE_ROW(l) / LANES, groups = groups_of(a->samples);
    __global realv *d = (__global realv *)(scratch + SLOPES(l)), *p = (__global realv *)(scratch + TURNED(l));
    for (uint g = 0; g < groups; ++g)
        for (uint v = 0; v < vectors_in(a->samples, g); ++v)
            for (uint i = from; i < to; i += LANES) {
                const uint sample = g * PANEL + v * LANES, units = LEAST(LANES, out - i);
                __global realv *h = (__global realv *)(scratch + SIGNALS(l)) + (g * out + i) * VECTORS + v;
                __global realv *turned = p + (i / PANEL * a->hidden_rows + sample) * VECTORS + i % PANEL / LANES;
                realv value[LANES], slope[LANES];
                if (units == LANES && KNOWN(a)) {
#pragma unroll
                    for (int u = 0; u < LANES; ++u) h[u * VECTORS] = value[u] = signal_of(h[u * VECTORS]);
                    transpose(value);
#pragma unroll
                    for (int s = 0; s < LANES; ++s) turned[s * VECTORS] = value[s];
                    continue;
                }
                for (uint u = 0; u < LANES; ++u) {
                    const activated y = settled(h[LEAST(u, units - 1) * VECTORS]);
                    value[u] = u < units ? y.value : (realv)(0.0f);
                    slope[u] = u < units ? y.slope : (realv)(0.0f);
                }
                if (a->keep < 1.0f) silence(a, value, slope, l, i, a->first + sample);
                for (uint u = 0; u < units; ++u) h[u * VECTORS] = value[u];
                transpose(value);
                for (uint s = 0; s < LANES; ++s) turned[s * VECTORS] = value[s];
                if (KNOWN(a)) continue;
                transpose(slope);
                for (uint s = 0; s < LANES; ++s) d[(sample + s) * row + i / LANES] = slope[s];
            }
}

// dL/df of groups `from` to `to` - 1 into the slopes of the last layer; its signals are lost.
inline void lose(const net *a, __global float *scratch, uint from, uint to)
{
    const uint l = a->layers, classes = SIZE(l), row = SLOPE_ROW(l);
    for (uint g = from; g < to; ++g)
        for (uint v = 0; v < vectors_in(a->samples, g); ++v) {
            __global realv *f = (__global realv *)(scratch + SIGNALS(l)) + g * classes * VECTORS + v;
            __global const realv *t = (__global const realv *)a->t + g * classes * VECTORS + v;
            slopes_own(f, VECTORS, t, VECTORS, f, classes, a->loss, (realv)(1.0f / (float)a->batch));
            __global float *to = scratch + SLOPES(l) + (g * PANEL + v * LANES) * row;
            uint c = 0;
            for (; c + LANES <= classes; c += LANES) {
                realv each[LANES];
#pragma unroll
                for (int u = 0; u < LANES; ++u) each[u] = f[(c + u) * VECTORS];
                transpose(each);
#pragma unroll
                for (int s = 0; s < LANES; ++s) *(__global realv *)(to + s * row + c) = each[s];
            }
            for (; c < classes; ++c)    // what follows in a row of d is zero from the start
                for (uint s = 0; s < LANES; ++s) to[s * row + c] = ((__global const float *)(f + c * VECTORS))[s];
        }
}

// dL/d(pre-activation) of panels `from` to `to` - 1 of layer l - 1: W_l^T applied to that of layer l, times phi'.
inline void carry_back(const net *a, __global const float *theta, __global float *scratch, uint l, uint from, uint to)
{
    const uint row = SLOPE_ROW(l - 1) / LANES, above = SLOPE_ROW(l), size = SIZE(l), below = SIZE(l - 1);
    const strides s = {row, above, ROW(l) / LANES};
    __global const realv *w = (__global const realv *)(theta + WEIGHTS(l));
    __global realv *d = (__global realv *)(scratch + SLOPES(l - 1));
    __global const float *slopes = scratch + SLOPES(l), *turned = scratch + TURNED(l - 1);
    const int mode = KNOWN(a) ? TIMES_SLOPE : TIMES_OUT;
    for (uint panel = from; panel < to; ++panel) {
        const uint width = vectors_in(below, panel);
        for (uint i = 0, rows; i < a->samples; i += rows) {
            rows = next_rows(a->samples - i);
            along(rows, width, d + i * row + panel * VECTORS, slopes + i * above, w + panel * VECTORS, &s, size, mode,
                  turned + (panel * a->hidden_rows + i) * PANEL);
        }
    }
}

// The gradient of `rows` (at most MOST) rows of W_l from `first` on and panels `from` to `to` - 1, as rows of `row`
// numbers in g.
inline void slope_rows(const net *a, __global const float *scratch, __global float *g, uint row, uint l, uint first,
                       uint rows, uint from, uint to, int mode)
{
    const strides s = {row / LANES, SLOPE_ROW(l), VECTORS};
    const uint height = l == 1 ? a->rows : a->hidden_rows;
    __global const realv *p = (__global const realv *)(l == 1 ? a->p0 : scratch + TURNED(l - 1));
    for (uint panel = from; panel < to; ++panel)
        across_rows(rows, vectors_in(SIZE(l - 1), panel), (__global realv *)g + panel * VECTORS,
                    scratch + SLOPES(l) + first, p + panel * height * VECTORS, &s, a->samples, mode, g);
}

// The gradient of the LANES biases from `unit` on.
inline realv slope_biases(const net *a, __global const float *scratch, uint l, uint unit)
{
    const uint row = SLOPE_ROW(l) / LANES;
    __global const realv *d = (__global const realv *)(scratch + SLOPES(l) + unit);
    realv sum[4] = {(realv)(0.0f), (realv)(0.0f), (realv)(0.0f), (realv)(0.0f)};
    uint s = 0;
    for (; s + 4 <= a->samples; s += 4)
#pragma unroll
        for (int i = 0; i < 4; ++i) sum[i] += d[(s + i) * row];
    for (; s < a->samples; ++s) sum[0] += d[s * row];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// ---- Updates ----

// Where a network's parameters are and what becomes of them; g: as theta, where gradients go if `kept`, else where a
// few rows of them are for a moment.
typedef struct {
    __global float *theta, *first, *second, *g;
    __global const float *rates;
    dials_t dials;
    int kept, mode;             // mode: FROM_ZERO, or FROM_OUT where g is added to
} rule_t;

// `count` parameters from number `at` on, by the gradients g.
inline void descend_row(const rule_t *r, __global const float *g, uint at, uint count, realv scale)
{
    const dials_t d = r->dials;
    __global const float *rates = r->rates;
    __global realv *theta = (__global realv *)(r->theta + at), *first = (__global realv *)(r->first + at);
    __global realv *second = (__global realv *)(r->second + at);
    __global const realv *slopes = (__global const realv *)g;
    if (d.rule == RULE_SGD)
        for (uint p = 0; p < count / LANES; ++p) theta[p] = d.stay * theta[p] - d.rate * (scale * slopes[p]);
    else
        for (uint p = 0; p < count / LANES; ++p)
            descend(theta + p, first + p, second + p, scale * slopes[p], &d, rates);
}

// The gradients of all of W_l where its rows are shorter than a vector: units across the lanes, then turned. Signals
// and turned signals of layer l are not needed any more: they lend their place.
inline void improve_narrow(const net *a, const rule_t *r, __global float *scratch, uint l)
{
    const uint in = SIZE(l - 1), out = SIZE(l), row = SLOPE_ROW(l), length = ROW(l);
    const strides s = {row / LANES, PANEL, row / LANES};
    __global float *turned = scratch + SIGNALS(l), *g = r->g + WEIGHTS(l);
    __global const float *p = l == 1 ? a->p0 : scratch + TURNED(l - 1);
    for (uint panel = 0; panel < groups_of(out); ++panel)
        for (uint k = 0, rows; k < in; k += rows) {
            rows = next_rows(in - k);
            across_rows(rows, vectors_in(out, panel), (__global realv *)(turned + k * row) + panel * VECTORS, p + k,
                        (__global const realv *)(scratch + SLOPES(l)) + panel * VECTORS, &s, a->samples, FROM_ZERO, p);
        }
    for (uint i = 0; i < out; ++i)
        for (uint k = 0; k < in; ++k)
            g[i * length + k] = turned[k * row + i] + (r->mode == FROM_OUT ? g[i * length + k] : 0.0f);
    if (!r->kept) descend_row(r, g, WEIGHTS(l), out * length, (realv)(1.0f));
}

// Gradients of rows `first` to `last` - 1 and panels `from` to `to` - 1 of W_l: kept, or the weights updated by them.
inline void improve(const net *a, const rule_t *r, __global const float *scratch, uint l, uint first, uint last,
                    uint from, uint to)
{
    const uint width = LEAST(to * PANEL, SLOPE_ROW(l - 1)) - from * PANEL, length = ROW(l);
    for (uint row = first, rows; row < last; row += rows) {
        const uint at = WEIGHTS(l) + row * length;
        rows = next_rows(last - row);
        if (r->kept) {
            slope_rows(a, scratch, r->g + at, length, l, row, rows, from, to, r->mode);
            continue;
        }
        __global float *g = r->g + WEIGHTS(l) + first * length;     // the place of the first rows serves all
        slope_rows(a, scratch, g, length, l, row, rows, from, to, FROM_ZERO);
        for (uint m = 0; m < rows; ++m)
            descend_row(r, g + m * length + from * PANEL, at + m * length + from * PANEL, width, (realv)(1.0f));
    }
}

// The same for biases `from` (a multiple of LANES) to `to` - 1 of layer l.
inline void improve_biases(const net *a, const rule_t *r, __global const float *scratch, uint l, uint from, uint to)
{
    for (uint i = from; i < to; i += LANES) {
        __global realv *g = (__global realv *)(r->g + BIASES(l) + i);
        const realv sum = a->biased ? slope_biases(a, scratch, l, i) : (realv)(0.0f);
        *g = r->mode == FROM_OUT ? *g + sum : sum;
        if (!r->kept && a->biased) descend_row(r, r->g + BIASES(l) + i, BIASES(l) + i, LANES, (realv)(1.0f));
    }
}
#endif
