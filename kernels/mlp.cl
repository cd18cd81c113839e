// What all forms of training a perceptron share: update rules, dropout, losses. Numbers of the rules, losses and
// activations are their places in simulator/networks: architecture.OPTIMIZERS, architecture.LOSSES, layers.ACTIVATIONS.
// On a GPU vectors are scalars and element i of one network stands at AT(i), so that neighbours read neighbours.
#ifndef MLP_CL
#define MLP_CL
#include "philox.cl"
#include "activations.cl"

#define RULE_SGD 0
#define RULE_MOMENTUM 1
#define RULE_ADAM 2
#define RULE_RMSPROP 3
#define LOSS_MSE 0
#define LOSS_CROSS_ENTROPY 1
#define LOSS_HINGE 2

#define STREAM_MASK 21u

#define LEAST(a, b) ((a) < (b) ? (a) : (b))     // PoCL's min is a call

#if LANES == 8
#define EQUAL(a, b) as_uint8((a) == (b))
#else
#define EQUAL(a, b) ((a) == (b) ? 0xffffffffu : 0u)
#endif

typedef struct { float rate, momentum, epsilon, stay, clip; uint rule; } dials_t;   // stay = 1 - rate weight_decay

inline dials_t dials_of(uint rule, float rate, float momentum, float epsilon, float decay, float clip)
{
    const dials_t d = {rate, momentum, epsilon, 1.0f - rate * decay, clip, rule};
    return d;
}

#if ACTIVATION == 0 && !IS_GPU
// tanh(x): odd over even minimax with two operations less than tanh_vector's, at most 4e-7 relative; 1 from 7.9 on.
inline realv signal_of(realv given)
{
    const realv x = held(given, 7.90531110763549805f), z = x * x;
    const realv p = ((1.152667846e-05f * z + 2.960003680e-03f) * z + 1.293398291e-01f) * z + 9.999998808e-01f;
    const realv q = (((2.490879183e-07f * z + 2.399452060e-04f) * z + 2.385216951e-02f) * z + 4.626720846e-01f) * z
        + 1.0f;
    return x * p / q;
}
#else
inline realv signal_of(realv x) { return phi(x); }
#endif

// phi' from phi: all activations but erf know it.
#define SLOPE_OF_VALUE (ACTIVATION != 1)
inline realv slope_of(realv value)
{
#if ACTIVATION == 0
    return 1.0f - value * value;
#elif ACTIVATION == 2
    return value > (realv)(0.0f) ? (realv)(1.0f) : value - value;   // nan of nan
#else
    return (realv)(1.0f);
#endif
}

// phi and phi' of a pre-activation.
inline activated settled(realv x)
{
    activated y;
#if SLOPE_OF_VALUE
    y.value = signal_of(x);
    y.slope = slope_of(y.value);
#else
    y = phi_all(x);
#endif
    return y;
}

// What a gradient of squared norm `squares` is multiplied by so that its norm is at most d->clip.
inline realv clipped(realv squares, const dials_t *d)
{
    const realv norm = SQRT(squares);
    return norm > (realv)(d->clip) ? (realv)(d->clip) / norm : (realv)(1.0f);
}

// One vector of parameters by their gradient; first and second: its moments, touched where the rule has them; rates:
// Adam's bias corrections 1/(1 - beta^t) and 1/(1 - 0.999^t).
inline void descend(__global realv *w, __global realv *first, __global realv *second, realv g, const dials_t *d,
                    __global const float *rates)
{
    realv change = d->rate * g;
    if (d->rule == RULE_MOMENTUM) {
        const realv v = d->momentum * *first + g;
        *first = v;
        change = d->rate * v;
    } else if (d->rule == RULE_ADAM) {
        const realv m = d->momentum * *first + (1.0f - d->momentum) * g;
        const realv v = 0.999f * *second + 0.001f * (g * g);
        *first = m;
        *second = v;
        change = d->rate * (rates[0] * m) / (SQRT(rates[1] * v) + d->epsilon);
    } else if (d->rule == RULE_RMSPROP) {
        const realv r = 0.9f * *second + 0.1f * (g * g);
        *second = r;
        change = d->rate * g / SQRT(r + d->epsilon);
    }
    *w = d->stay * *w - change;
}

// Masks of four units (unit % 4 = 0) for the samples or networks in the lanes: 1/keep with probability keep, else 0.
inline real4v masks_of(uint step, uintv network, uintv sample, uint layer, uint unit, float keep, uint key0, uint key1)
{
    const uintv place = (uintv)(STREAM_MASK | layer << 8 | unit / 4 << 16);
    const bits4 r = philox((uintv)(step), network, sample, place, key0, key1);
    const realv kept = (realv)(1.0f / keep), none = (realv)(0.0f), below = (realv)(keep);
    real4v m = {uniform01(r.w0) < below ? kept : none, uniform01(r.w1) < below ? kept : none,
                uniform01(r.w2) < below ? kept : none, uniform01(r.w3) < below ? kept : none};
    return m;
}

// ---- Losses of the outputs f[c * by] and targets t[c * tby] of one sample in each lane; t is a number that all lanes
// share (TARGET float) or their own (TARGET realv) ----

// The largest output; total: the sum of exp(f - largest).
inline realv partition(__global const realv *f, size_t by, uint classes, realv *total)
{
    realv largest = f[0];
    for (uint c = 1; c < classes; ++c) largest = f[c * by] > largest ? f[c * by] : largest;
    *total = (realv)(0.0f);
    for (uint c = 0; c < classes; ++c) *total += EXP_NEGATIVE(f[c * by] - largest);
    return largest;
}

#define LOSSES(SLOPES, LOSS, TARGET) \
/* d[c * by] = share dL/df_c */ \
inline void SLOPES(__global const realv *f, size_t by, __global const TARGET *t, size_t tby, __global realv *d, \
                   uint classes, uint loss, realv share) \
{ \
    realv total = (realv)(1.0f), largest = (realv)(0.0f), weight = (realv)(0.0f); \
    if (loss == LOSS_CROSS_ENTROPY) { \
        largest = partition(f, by, classes, &total); \
        for (uint c = 0; c < classes; ++c) weight += t[c * tby]; \
        weight = weight / total; \
    } \
    for (uint c = 0; c < classes; ++c) { \
        const realv y = f[c * by], target = (realv)(t[c * tby]); \
        realv slope = y - target; \
        if (loss == LOSS_CROSS_ENTROPY) slope = weight * EXP_NEGATIVE(y - largest) - target; \
        else if (loss == LOSS_HINGE) { \
            const realv gap = 1.0f - target * y; \
            slope = -target * (gap < (realv)(0.0f) ? (realv)(0.0f) : gap); \
        } \
        d[c * by] = share * slope; \
    } \
} \
/* The loss; *hit 1 where the target's class is the first of the largest outputs, else 0 */ \
inline realv LOSS(__global const realv *f, size_t by, __global const TARGET *t, size_t tby, uint classes, uint loss, \
                  realv *hit) \
{ \
    realv sum = (realv)(0.0f), total, most = (realv)(t[0]), wanted = f[0]; \
    uintv best = (uintv)(0u); \
    const realv largest = partition(f, by, classes, &total), log_total = LOG_UNIFORM(total); \
    for (uint c = 0; c < classes; ++c) { \
        const realv y = f[c * by], target = (realv)(t[c * tby]), gap = 1.0f - target * y; \
        if (loss == LOSS_MSE) sum += 0.5f * (y - target) * (y - target); \
        else if (loss == LOSS_CROSS_ENTROPY) sum += target * (log_total + (largest - y)); \
        else sum += gap < (realv)(0.0f) ? (realv)(0.0f) : 0.5f * gap * gap; \
        const uintv more = LESS(most, target); \
        most = AS_REAL(CHOOSE(more, AS_UINT(target), AS_UINT(most))); \
        wanted = AS_REAL(CHOOSE(more, AS_UINT(y), AS_UINT(wanted))); \
        best = CHOOSE(more, (uintv)(c), best); \
    } \
    uintv right = (uintv)(0xffffffffu); \
    if (classes == 1) { \
        right = LESS((realv)(0.0f), most); \
        const realv none = (realv)(0.0f); \
        right = CHOOSE(right, LESS(none, wanted), LESS(wanted, none) | EQUAL(wanted, none)); \
    } \
    for (uint c = 0; c < classes; ++c) { \
        const realv y = f[c * by]; \
        right &= LESS(y, wanted) | (EQUAL(y, wanted) & ~LESS((uintv)(c), best)); \
    } \
    *hit = AS_REAL(right & AS_UINT((realv)(1.0f))); \
    return sum; \
}
LOSSES(slopes_shared, loss_shared, float)
LOSSES(slopes_own, loss_own, realv)
#endif
