// One small perceptron trained by a work-item whose sizes are compiled in, so that loops over its layers, units and
// samples have no counters to look up and no remainders to look for. Units are across the lanes in all that stays:
//   image     of theta, of its moments, of the gradient: of hidden layer l W_l^T[fan_in][WIDTH(l)], of the last
//             W[classes][WIDTH]; then all biases. Filled up with what stays zero.
//   backward  W_l[WIDTH][WIDTH] of hidden layers from the second on: what slopes are carried back by
//   signals   h[sample][WIDTH(l)], slopes d[sample][WIDTH(l)] of hidden layers; no one turns them
//   outputs   f[class][sample], then dL/df; targets alike
// In scratch the images of theta, first and second moments and the gradient come first, LENGTH numbers each.
// Defines: ACTIVATION; LAYERS of weights (2 or more), BATCH, PLAN {per layer FIELDS numbers}, and where in scratch:
// LENGTH of an image, WEIGHTS_END in it, INPUTS_AT, OUTPUTS_AT, TARGETS_AT (simulator/networks/trainer_fixed.py).
#include "mlp.cl"
#include "mlp_transpose.cl"

#if !SLOPE_OF_VALUE || IS_GPU
#error "for processors, and activations whose slope follows from the value"
#endif

#define FIXED __attribute__((always_inline)) inline
#define FIELDS 6
__constant uint FIXED_PLAN[(LAYERS + 1) * FIELDS] = PLAN;
#define UNITS(l) FIXED_PLAN[FIELDS * (l)]
#define WIDTH(l) FIXED_PLAN[FIELDS * (l) + 1]       // units in whole vectors
#define MATRIX(l) FIXED_PLAN[FIELDS * (l) + 2]      // place in an image
#define BIAS(l) FIXED_PLAN[FIELDS * (l) + 3]
#define BACKWARD(l) FIXED_PLAN[FIELDS * (l) + 4]    // place in scratch
#define HIDDEN(l) FIXED_PLAN[FIELDS * (l) + 5]      // h, then d

#define FIRST_AT LENGTH
#define SECOND_AT (2 * LENGTH)
#define GRADIENT_AT (3 * LENGTH)
#define CLASSES UNITS(LAYERS)
#define GROUPS ((BATCH + LANES - 1) / LANES)        // vectors of samples
#define COLUMN (GROUPS * LANES)
#define VECTOR(p) ((__global realv *)(p))

enum { PLAIN, BIASED, SLOPE };

// c[m * cm + n] = sum over k < count of a[m * am + k * ak] * b[k * bk + n] for M rows of N vectors, in U sums each.
// PLAIN; BIASED by beside[n]; or times the SLOPE at the signals beside[m * cm + n].
#define BLOCK(M, N, U) \
FIXED void block_##M##_##N(__global realv *c, uint cm, __global const float *a, uint am, uint ak, \
                           __global const realv *b, uint bk, uint count, int mode, __global const realv *beside) \
{ \
    realv sum[U][M][N]; \
    _Pragma("unroll") for (int u = 0; u < U; ++u) \
        _Pragma("unroll") for (int m = 0; m < M; ++m) \
            _Pragma("unroll") for (int n = 0; n < N; ++n) \
                sum[u][m][n] = mode == BIASED && !u ? beside[n] : (realv)(0.0f); \
    for (uint k = 0; k + U <= count; k += U) \
        _Pragma("unroll") for (int u = 0; u < U; ++u) { ADD_TO(M, N, u, k + u) } \
    for (uint k = count / U * U; k < count; ++k) { ADD_TO(M, N, 0, k) } \
    _Pragma("unroll") for (int m = 0; m < M; ++m) \
        _Pragma("unroll") for (int n = 0; n < N; ++n) { \
            realv all = sum[0][m][n]; \
            _Pragma("unroll") for (int u = 1; u < U; ++u) all += sum[u][m][n]; \
            if (mode == SLOPE) all *= slope_of(beside[m * cm + n]); \
            c[m * cm + n] = all; \
        } \
}
#define ADD_TO(M, N, u, k) \
    realv right[N]; \
    _Pragma("unroll") for (int n = 0; n < N; ++n) right[n] = b[(k) * bk + n]; \
    _Pragma("unroll") for (int m = 0; m < M; ++m) { \
        const realv left = (realv)(a[m * am + (k) * ak]); \
        _Pragma("unroll") for (int n = 0; n < N; ++n) sum[u][m][n] += left * right[n]; \
    }
BLOCK(4, 2, 1) BLOCK(2, 2, 2) BLOCK(1, 2, 4)
BLOCK(4, 1, 2) BLOCK(2, 1, 4) BLOCK(1, 1, 4)

// The same for `rows` rows of `width` vectors; beside goes on with the rows where it is signals.
#define PRODUCT_OF(N) \
FIXED void product_##N(uint rows, __global realv *c, uint cm, __global const float *a, uint am, uint ak, \
                       __global const realv *b, uint bk, uint count, int mode, __global const realv *beside) \
{ \
    const uint on = mode == SLOPE ? cm : 0, whole = rows / 4 * 4; \
    for (uint m = 0; m < whole; m += 4) \
        block_4_##N(c + m * cm, cm, a + m * am, am, ak, b, bk, count, mode, beside + m * on); \
    if (rows & 2) \
        block_2_##N(c + whole * cm, cm, a + whole * am, am, ak, b, bk, count, mode, beside + whole * on); \
    if (rows & 1) \
        block_1_##N(c + (rows - 1) * cm, cm, a + (rows - 1) * am, am, ak, b, bk, count, mode, \
                    beside + (rows - 1) * on); \
}
PRODUCT_OF(2)
PRODUCT_OF(1)

FIXED void product(uint rows, uint width, __global realv *c, uint cm, __global const float *a, uint am, uint ak,
                   __global const realv *b, uint bk, uint count, int mode, __global const realv *beside)
{
    const uint pairs = width / 2 * 2;
    for (uint n = 0; n < pairs; n += 2)
        product_2(rows, c + n, cm, a, am, ak, b + n, bk, count, mode, beside + n);
    if (width & 1)
        product_1(rows, c + pairs, cm, a, am, ak, b + pairs, bk, count, mode, beside + pairs);
}

// ---- One step ----

// Inputs and targets of the batch, the last group of targets filled up with its last sample's.
FIXED void fetch(__global float *scratch, __global const float *x, __global const float *t,
                 __global const uint *order, uint first, int by_order)
{
    for (uint s = 0; s < COLUMN; ++s) {
        const uint place = first + LEAST(s, BATCH - 1u);
        const size_t row = by_order ? order[place] : place;
        if (s < BATCH)
#pragma unroll 8
            for (uint i = 0; i < UNITS(0); ++i) scratch[INPUTS_AT + s * UNITS(0) + i] = x[row * UNITS(0) + i];
        for (uint c = 0; c < CLASSES; ++c) scratch[TARGETS_AT + c * COLUMN + s] = t[row * CLASSES + c];
    }
}

// Number i of the result is the sum over the lanes of r[i].
FIXED realv folded(const realv r[8])
{
    realv a[4], b[2];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const realv p = r[2 * i], q = r[2 * i + 1];
        a[i] = (float8)(p.s0, q.s0, p.s1, q.s1, p.s4, q.s4, p.s5, q.s5)
            + (float8)(p.s2, q.s2, p.s3, q.s3, p.s6, q.s6, p.s7, q.s7);
    }
#pragma unroll
    for (int i = 0; i < 2; ++i) {
        const realv p = a[2 * i], q = a[2 * i + 1];
        b[i] = (float8)(p.s0, p.s1, q.s0, q.s1, p.s4, p.s5, q.s4, q.s5)
            + (float8)(p.s2, p.s3, q.s2, q.s3, p.s6, p.s7, q.s6, q.s7);
    }
    return (float8)(b[0].lo, b[1].lo) + (float8)(b[0].hi, b[1].hi);
}

// Outputs, and dL/df in their place; zero for what fills up the last group.
FIXED void top(__global float *scratch, uint loss)
{
    const uint width = WIDTH(LAYERS - 1) / LANES;
    __global const realv *h = VECTOR(scratch + HIDDEN(LAYERS - 1));
    __global realv *f = VECTOR(scratch + OUTPUTS_AT);
    for (uint c = 0; c < CLASSES; ++c) {
        __global const realv *w = VECTOR(scratch + MATRIX(LAYERS)) + c * width;
        for (uint g = 0; g < GROUPS; ++g) {
            realv sum[LANES];
#pragma unroll
            for (uint s = 0; s < LANES; ++s) sum[s] = h[(g * LANES + s) * width] * w[0];
            for (uint n = 1; n < width; ++n)
#pragma unroll
                for (uint s = 0; s < LANES; ++s) sum[s] += h[(g * LANES + s) * width + n] * w[n];
            f[c * GROUPS + g] = folded(sum) + scratch[BIAS(LAYERS) + c];
        }
    }
    for (uint g = 0; g < GROUPS; ++g)
        slopes_own(f + g, GROUPS, VECTOR(scratch + TARGETS_AT) + g, GROUPS, f + g, CLASSES, loss,
                   (realv)(1.0f / (float)BATCH));
    if (BATCH % LANES)
        for (uint c = 0; c < CLASSES; ++c) {
            __global realv *last = f + c * GROUPS + GROUPS - 1;
            *last = AS_REAL(AS_UINT(*last) & LESS(LANE, (uintv)(BATCH % LANES)));
        }
}

// The gradient of the biases of hidden layer l: its slopes, added up.
FIXED void add_up(__global const realv *d, uint width, __global realv *g)
{
    for (uint n = 0; n < width; ++n) {
        realv sum[4] = {(realv)(0.0f), (realv)(0.0f), (realv)(0.0f), (realv)(0.0f)};
        for (uint s = 0; s < BATCH / 4 * 4; s += 4)
#pragma unroll
            for (int i = 0; i < 4; ++i) sum[i] += d[(s + i) * width + n];
        for (uint s = BATCH / 4 * 4; s < BATCH; ++s) sum[0] += d[s * width + n];
        g[n] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

// Forward and back; the gradient's image.
FIXED void learn(__global float *scratch, uint loss)
{
    __global float *g = scratch + GRADIENT_AT;
#pragma unroll
    for (uint l = 1; l < LAYERS; ++l) {
        const uint width = WIDTH(l) / LANES, below = l == 1 ? UNITS(0) : WIDTH(l - 1);
        product(BATCH, width, VECTOR(scratch + HIDDEN(l)), width, scratch + (l == 1 ? INPUTS_AT : HIDDEN(l - 1)),
                below, 1, VECTOR(scratch + MATRIX(l)), width, UNITS(l - 1), BIASED,
                VECTOR(scratch + BIAS(l)));
        __global realv *h = VECTOR(scratch + HIDDEN(l));
#pragma unroll 2     // apart from the product, lest its sums do not stay in registers
        for (uint i = 0; i < BATCH * width; ++i) h[i] = signal_of(h[i]);
    }
    top(scratch, loss);
    __global const float *f = scratch + OUTPUTS_AT;
    for (uint c = 0; c < CLASSES; ++c) {
        realv sum = (realv)(0.0f);
        for (uint s = 0; s < GROUPS; ++s) sum += ((__global const realv *)f)[c * GROUPS + s];
        g[BIAS(LAYERS) + c] = across(sum);
    }
    {
        const uint width = WIDTH(LAYERS - 1) / LANES;
        __global realv *h = VECTOR(scratch + HIDDEN(LAYERS - 1));
        product(CLASSES, width, VECTOR(g + MATRIX(LAYERS)), width, f, COLUMN, 1, h, width, BATCH, PLAIN, h);
        product(BATCH, width, h + COLUMN * width, width, f, 1, COLUMN,
                VECTOR(scratch + MATRIX(LAYERS)), width, CLASSES, SLOPE, h);
    }
#pragma unroll
    for (uint l = LAYERS - 1; l >= 1; --l) {
        const uint width = WIDTH(l) / LANES, below = l == 1 ? UNITS(0) : WIDTH(l - 1);
        __global realv *d = VECTOR(scratch + HIDDEN(l)) + COLUMN * width;
        __global float *under = scratch + (l == 1 ? INPUTS_AT : HIDDEN(l - 1));
        product(UNITS(l - 1), width, VECTOR(g + MATRIX(l)), width, under, 1, below, d, width, BATCH, PLAIN, d);
        add_up(d, width, VECTOR(g + BIAS(l)));
        if (l == 1) continue;
        product(BATCH, below / LANES, VECTOR(under + COLUMN * below), below / LANES, (__global const float *)d,
                WIDTH(l), 1, VECTOR(scratch + BACKWARD(l)), below / LANES, UNITS(l), SLOPE,
                VECTOR(under));
    }
}

// W_l of the hidden layers from the second on, from the image.
FIXED void turn(__global float *scratch)
{
#pragma unroll
    for (uint l = 2; l < LAYERS; ++l) {
        const uint width = WIDTH(l) / LANES, below = WIDTH(l - 1) / LANES;
        for (uint k = 0; k < below; ++k)
            for (uint n = 0; n < width; ++n) {
                realv block[LANES];
#pragma unroll
                for (uint i = 0; i < LANES; ++i)
                    block[i] = (VECTOR(scratch + MATRIX(l)))[(k * LANES + i) * width + n];
                transpose(block);
#pragma unroll
                for (uint i = 0; i < LANES; ++i)
                    VECTOR(scratch + BACKWARD(l))[(n * LANES + i) * below + k] = block[i];
            }
    }
}

// Squared norm of the gradient; what fills it up is zero.
FIXED float squares_of(__global const realv *g, uint vectors)
{
    realv sum = (realv)(0.0f);
    for (uint i = 0; i < vectors; ++i) sum += g[i] * g[i];
    return across(sum);
}

// ---- Images ----

// Between parameters laid out as mlp_samples.cl has them, plan[layer][8], and their image.
inline void convert(__global float *image, __global float *given, __global const uint *plan, int back)
{
    for (uint l = 1; l <= LAYERS; ++l) {
        const uint row = plan[8 * l + 1], weights = plan[8 * l + 2], biases = plan[8 * l + 3], width = WIDTH(l);
        for (uint i = 0; i < UNITS(l); ++i) {
            for (uint k = 0; k < UNITS(l - 1); ++k) {
                const uint at = MATRIX(l) + (l < LAYERS ? k * width + i : i * WIDTH(l - 1) + k);
                if (back) given[weights + i * row + k] = image[at];
                else image[at] = given[weights + i * row + k];
            }
            if (back) given[biases + i] = image[BIAS(l) + i];
            else image[BIAS(l) + i] = given[biases + i];
        }
    }
}

// The update of the parameters by the gradient; rates: of this step.
FIXED void improve_all(__global float *scratch, __global const float *rates, const dials_t *d, uint vectors)
{
    __global realv *image = VECTOR(scratch), *g = VECTOR(scratch + GRADIENT_AT);
    realv scale = (realv)(1.0f);
    if (d->clip > 0.0f) scale = clipped((realv)(squares_of(g, vectors)), d);
    if (d->rule == RULE_SGD)
        for (uint i = 0; i < vectors; ++i) image[i] = d->stay * image[i] - d->rate * (scale * g[i]);
    else
        for (uint i = 0; i < vectors; ++i)
            descend(image + i, VECTOR(scratch + FIRST_AT) + i, VECTOR(scratch + SECOND_AT) + i, scale * g[i], d, rates);
}

// n steps, without dropout; arguments as those of mlp_solo.cl's steps(). Step k has the rows of x and t that `order`
// names from place k * advance on or, where by_order is 0, these places themselves. Work-item = network.
__kernel void fixed_steps(__global float *theta, __global float *first, __global float *second,
                          __global float *scratch, __global const float *x, __global const float *t,
                          __global const uint *order, __global const float *rates, __global const uint *plan,
                          const uint length, const uint space, const uint advance, const int by_order, const uint n,
                          const uint loss, const uint rule, const int biased, const float rate, const float momentum,
                          const float epsilon, const float decay, const float clip)
{
    const size_t network = get_global_id(0), from = network * length;
    const int has_first = rule == RULE_MOMENTUM || rule == RULE_ADAM;
    const int has_second = rule == RULE_ADAM || rule == RULE_RMSPROP;
    scratch += network * space;
    for (uint i = 0; i < LENGTH; ++i) {
        scratch[i] = scratch[FIRST_AT + i] = scratch[GRADIENT_AT + i] = 0.0f;
        scratch[SECOND_AT + i] = 1.0f;      // RMSProp divides by it
    }
    convert(scratch, theta + from, plan, 0);
    if (has_first) convert(scratch + FIRST_AT, first + from, plan, 0);
    if (has_second) convert(scratch + SECOND_AT, second + from, plan, 0);
    const dials_t dials = dials_of(rule, rate, momentum, epsilon, decay, clip);
    const uint vectors = (biased ? LENGTH : WEIGHTS_END) / LANES;
    for (uint k = 0; k < n; ++k) {
        turn(scratch);
        fetch(scratch, x, t, order, k * advance, by_order);
        learn(scratch, loss);
        improve_all(scratch, rates + 2 * k, &dials, vectors);
    }
    convert(scratch, theta + from, plan, 1);
    if (has_first) convert(scratch + FIRST_AT, first + from, plan, 1);
    if (has_second) convert(scratch + SECOND_AT, second + from, plan, 1);
}
