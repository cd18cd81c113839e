// The trainability boundary: one network WIDTH-WIDTH-1 a lane, its whole training inside the kernel, a tile of LANES
// networks a work-item. out = v . tanh(W x), no biases, mean squared error, full batch, plain gradient descent with one
// learning rate a layer (Sohl-Dickstein 2024, 2402.06184). On a GPU WIDTH work-items are one network.
//
// theta[tile][parameter][lane]: W by rows, then v. trace[tile][4][lane]: 1/L_0, sum of
// L_t/L_0, sum of L_0/L_t, sum of the last TAIL L_t/L_0, each ratio at most CAP, which NaN counts as too. rates[tile][2]
// [lane]: of W and of v, as what multiplies the sum over samples of (out - y) dout/d. start[parameter], x[sample][WIDTH]
// and y[sample] are shared by all networks; samples is a multiple of 4, filled up with zeros; share = 1/their number.
// Defines: WIDTH, a power of two from 4 to 32; DOUBLE: 1 for double precision, half as many lanes; LANES and IS_GPU.
#ifndef WIDTH
#define WIDTH 16
#endif
#define ACTIVATION 0
#include "mlp.cl"

#define PARAMETERS (WIDTH * WIDTH + WIDTH)
#define BLOCK 16u       // samples whose hidden units are held at a time
#define CAP 1e6f
#define TAIL 20u

#if DOUBLE
#include "trainability_double.cl"
#else
typedef realv number;
typedef float scalar;
#define SIGNAL(x) signal_of(x)
#define NAN_LANES(x) (~EQUAL(x, x))
#if LANES == 8
inline int everywhere(uint8 m) { const uint4 h = m.lo & m.hi; return (h.x & h.y & h.z & h.w) != 0u; }
#else
inline int everywhere(uint m) { return m != 0u; }
#endif
#endif

#if IS_GPU
#include "trainability_units.cl"
#else
typedef struct { number w[PARAMETERS], g[PARAMETERS], t[WIDTH * BLOCK], e[BLOCK]; } network;

#ifndef FR
#define FR 4
#define FS 2
#define GR 4
#define GC 2
#endif

// Hidden units t[unit][sample] and errors e[sample] of `count` <= BLOCK samples.
inline void forward(network *a, __global const scalar *x, __global const scalar *y, uint count)
{
    const number *v = a->w + WIDTH * WIDTH;
    for (uint s = 0; s < count; s += FS) {
        number f[FS];
#pragma unroll
        for (int q = 0; q < FS; ++q) f[q] = (number)(0.0f) - y[s + q];
        for (uint i = 0; i < WIDTH; i += FR) {
            number h[FR][FS];
#pragma unroll
            for (int p = 0; p < FR; ++p)
#pragma unroll
                for (int q = 0; q < FS; ++q) h[p][q] = (number)(0.0f);
#pragma unroll
            for (uint j = 0; j < WIDTH; ++j)
#pragma unroll
                for (int q = 0; q < FS; ++q) {
                    const number in = (number)(x[(s + q) * WIDTH + j]);
#pragma unroll
                    for (int p = 0; p < FR; ++p) h[p][q] += a->w[(i + p) * WIDTH + j] * in;
                }
#pragma unroll
            for (int p = 0; p < FR; ++p)
#pragma unroll
                for (int q = 0; q < FS; ++q) {
                    const number t = SIGNAL(h[p][q]);
                    a->t[(i + p) * BLOCK + s + q] = t;
                    f[q] += v[i + p] * t;
                }
        }
#pragma unroll
        for (int q = 0; q < FS; ++q) a->e[s + q] = f[q];
    }
}

// Adds the gradient of these samples' e^2 / 2; the last ones bring the step of W.
inline void backward(network *a, __global const scalar *x, uint count, int more, int last, number rate)
{
    for (uint i = 0; i < WIDTH; ++i) {
        number even = more ? a->g[WIDTH * WIDTH + i] : (number)(0.0f), odd = (number)(0.0f);
        number *t = a->t + i * BLOCK;
        for (uint s = 0; s < count; s += 2) {
            const number e0 = a->e[s] * t[s], e1 = a->e[s + 1] * t[s + 1];
            even += e0;
            odd += e1;
            t[s] = a->e[s] - e0 * t[s];             // e phi'; v, which all samples share, comes last
            t[s + 1] = a->e[s + 1] - e1 * t[s + 1];
        }
        a->g[WIDTH * WIDTH + i] = even + odd;
    }
    for (uint i = 0; i < WIDTH; i += GR)
        for (uint j = 0; j < WIDTH; j += GC) {
            number g[GR][GC];
#pragma unroll
            for (int p = 0; p < GR; ++p)
#pragma unroll
                for (int q = 0; q < GC; ++q) g[p][q] = more ? a->g[(i + p) * WIDTH + j + q] : (number)(0.0f);
            for (uint s = 0; s < count; ++s)
#pragma unroll
                for (int q = 0; q < GC; ++q) {
                    const number in = (number)(x[s * WIDTH + j + q]);
#pragma unroll
                    for (int p = 0; p < GR; ++p) g[p][q] += a->t[(i + p) * BLOCK + s] * in;
                }
#pragma unroll
            for (int p = 0; p < GR; ++p)
#pragma unroll
                for (int q = 0; q < GC; ++q) {
                    const uint at = (i + p) * WIDTH + j + q;
                    if (last) a->w[at] -= rate * a->w[WIDTH * WIDTH + i + p] * g[p][q];
                    else a->g[at] = g[p][q];
                }
        }
}

// One step of all weights; returns the sum of e^2 before it.
inline number descend_once(network *a, __global const scalar *x, __global const scalar *y, uint samples, number rate_w,
                           number rate_v)
{
    number loss = (number)(0.0f);
    for (uint s = 0; s < samples; s += BLOCK) {
        const uint count = LEAST(BLOCK, samples - s);
        forward(a, x + (size_t)s * WIDTH, y + s, count);
        for (uint q = 0; q < count; ++q) loss += a->e[q] * a->e[q];
        backward(a, x + (size_t)s * WIDTH, count, s > 0, s + BLOCK >= samples, rate_w);
    }
    for (uint i = WIDTH * WIDTH; i < PARAMETERS; ++i) a->w[i] -= rate_v * a->g[i];
    return loss;
}

#endif

// One more loss into a network's trace: how it compares with the first one.
typedef struct { number inverse, sum, slow, tail; } trace_t;
inline void note(trace_t *a, number ratio, uint step, uint steps)
{
    const number cap = (number)(CAP);
    ratio = ratio < cap ? ratio : cap;
    a->sum += ratio;
    a->slow += 1.0f / ratio;
    if (step + TAIL >= steps) a->tail += ratio;
}

inline trace_t first_trace(number loss)
{
    const number none = (number)(0.0f);
    const trace_t a = {1.0f / loss, none, none, none};
    return a;
}

// Steps first ... first + n - 1 of `steps`.
__kernel void train(__global number *theta, __global number *trace, __global const number *rates,
                    __global const scalar *start, __global const scalar *x, __global const scalar *y,
                    const uint samples, const uint first, const uint n, const uint steps)
{
#if IS_GPU
    __local number parts[WIDTH * PADDED], errors[GROUP];
    const uint item = get_local_id(0), unit = item % WIDTH;
    __local number *part = parts + (item - unit), *error = errors + (item - unit);
    const size_t tile = get_global_id(0) / WIDTH;
#else
    const size_t tile = get_global_id(0);
#endif
    theta += tile * PARAMETERS;
    trace += tile * 4;
    rates += tile * 2;
    trace_t now = {trace[0], trace[1], trace[2], trace[3]};
#if IS_GPU
    unit_t a;
#pragma unroll
    for (uint j = 0; j < WIDTH; ++j) a.w[j] = first ? theta[unit * WIDTH + j] : start[unit * WIDTH + j];
    a.v = first ? theta[WIDTH * WIDTH + unit] : start[WIDTH * WIDTH + unit];
#else
    network a;
    for (uint i = 0; i < PARAMETERS; ++i) a.w[i] = first ? theta[i] : (number)(start[i]);
#endif
    for (uint k = first; k < first + n; ++k) {
#if IS_GPU
        const int lost = all_lost(a.v, get_local_size(0), item, errors);
#else
        const int lost = everywhere(NAN_LANES(a.w[WIDTH * WIDTH]));     // where one is NaN in every lane, all stays NaN
#endif
        number ratio = (number)(CAP);
        if (!lost) {
#if IS_GPU
            const number loss = unit_step(&a, x, y, samples, rates[0], rates[1], unit, part, error);
#else
            const number loss = descend_once(&a, x, y, samples, rates[0], rates[1]);
#endif
            if (k == 0) now = first_trace(loss);
            ratio = loss * now.inverse;
        }
        note(&now, ratio, k, steps);
    }
#if IS_GPU
#pragma unroll
    for (uint j = 0; j < WIDTH; ++j) theta[unit * WIDTH + j] = a.w[j];
    theta[WIDTH * WIDTH + unit] = a.v;
    if (unit) return;
#else
    for (uint i = 0; i < PARAMETERS; ++i) theta[i] = a.w[i];
#endif
    trace[0] = now.inverse;
    trace[1] = now.sum;
    trace[2] = now.slow;
    trace[3] = now.tail;
}

// The activation alone, for tests.
__kernel void signal(__global const number *x, __global number *out)
{
    out[get_global_id(0)] = SIGNAL(x[get_global_id(0)]);
}
