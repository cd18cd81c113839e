// Wide perceptrons whose every layer is shared among work-items, several launches a step. Layouts: mlp_samples.cl;
// theta, scratch and batches as in mlp_solo.cl, a batch being one block.
//
// The launches of a step, of L layers: turn; ahead for layers 2 to L - 1; top; back for layers L to 3. turn is the end
// of one step and the beginning of the next: it takes the slopes through layer 2 back to a part of the units of layer
// 1, updates the weights from and to these units, and sends the next batch forward to them. Where the norm of the whole
// gradient has to be known first, gradients are kept, and squares and apply follow.
//
// clock[0]: the number, of this launch, of the batch that turn sends forward, set by top; clock[1]: that of the batch
// that the other launches are at, set by turn. No kernel writes what another work-item of it reads.
#include "mlp_samples.cl"

#define UPDATE 1    // what turn does
#define FORWARD 2

typedef struct {
    net a;
    rule_t r;
    __global float *scratch;
} work;

// part `part` of `parts` of a layer's panels
#define FROM_PANEL(n) (part * groups_of(n) / parts)
#define TO_PANEL(n) ((part + 1) * groups_of(n) / parts)
#define UNITS_TO(n) LEAST(TO_PANEL(n) * PANEL, n)

#define ARGUMENTS __global float *theta, __global float *first, __global float *second, __global float *scratch, \
    __global const float *h0, __global const float *p0, __global const float *targets, __global const float *rates, \
    __global uint *clock, __global const uint *plan, const uint layers, const uint length, const uint space, \
    const uint gradient_at, const uint batch, const uint advance, const uint step, const uint loss, const uint rule, \
    const int biased, const float rate, const float momentum, const float epsilon, const float decay, \
    const float clip, const float keep, const uint key0, const uint key1, const uint parts
#define GIVEN theta, first, second, scratch, h0, p0, targets, rates, plan, layers, length, space, gradient_at, batch, \
    advance, step, loss, rule, biased, rate, momentum, epsilon, decay, clip, keep, key0, key1

inline work work_of(uint network, uint number, __global float *theta, __global float *first, __global float *second,
                    __global float *scratch, __global const float *h0, __global const float *p0,
                    __global const float *targets, __global const float *rates, __global const uint *plan, uint layers,
                    uint length, uint space, uint gradient_at, uint batch, uint advance, uint step, uint loss,
                    uint rule, int biased, float rate, float momentum, float epsilon, float decay, float clip, float keep,
                    uint key0, uint key1)
{
    const uint padded = groups_of(batch) * PANEL;
    const size_t rows = (size_t)number * advance * padded;
    const size_t at = (size_t)network * length;
    const net a = {plan, layers, loss, batch, 0, batch, padded, padded, biased, keep, step + number, network, key0,
                   key1, h0 + rows * plan[0], p0 + rows * PANEL * groups_of(plan[0]), targets + rows * plan[FIELDS * layers]};
    scratch += (size_t)network * space;
    const rule_t r = {theta + at, first + at, second + at, scratch + gradient_at, rates + 2 * number,
                      dials_of(rule, rate, momentum, epsilon, decay, clip), clip > 0.0f, FROM_ZERO};
    const work w = {a, r, scratch};
    return w;
}

// Back from layer l to part `part` of the units of layer l - 1, and the weights from these.
inline void pass_back(const work *w, uint l, uint part, uint parts)
{
    const net *a = &w->a;
    const uint in = SIZE(l - 1);
    carry_back(a, w->r.theta, w->scratch, l, FROM_PANEL(in), TO_PANEL(in));
    improve(a, &w->r, w->scratch, l, 0, SIZE(l), FROM_PANEL(in), TO_PANEL(in));
    if (part == 0) improve_biases(a, &w->r, w->scratch, l, 0, SIZE(l));
}

// Work-item = network * parts + part of the units of layer 1.
__kernel void turn(ARGUMENTS, const uint does)
{
    const uint network = get_global_id(0) / parts, part = get_global_id(0) % parts, number = clock[0];
    if (does & UPDATE) {
        const work w = work_of(network, number - 1, GIVEN);
        const net *a = &w.a;
        const uint out = SIZE(1), from = FROM_PANEL(out) * PANEL, to = UNITS_TO(out);
        if (layers > 1) pass_back(&w, 2, part, parts);
        improve(a, &w.r, w.scratch, 1, from, to, 0, groups_of(SIZE(0)));
        improve_biases(a, &w.r, w.scratch, 1, from, to);
    }
    if (does & FORWARD) {
        const work w = work_of(network, number, GIVEN);
        const net *a = &w.a;
        const uint out = SIZE(1), from = FROM_PANEL(out) * PANEL, to = UNITS_TO(out);
        multiply(a, w.r.theta, w.scratch, 1, from, to, 0, groups_of(batch));
        if (layers > 1) settle(a, w.scratch, 1, from, to);
    }
    if (get_global_id(0) == 0) clock[1] = number;
}

// Work-item = network * parts + part of the units of layer l.
__kernel void ahead(ARGUMENTS, const uint l)
{
    const uint network = get_global_id(0) / parts, part = get_global_id(0) % parts;
    const work w = work_of(network, clock[1], GIVEN);
    const net *a = &w.a;
    const uint from = FROM_PANEL(SIZE(l)) * PANEL, to = UNITS_TO(SIZE(l));
    multiply(a, w.r.theta, w.scratch, l, from, to, 0, groups_of(batch));
    settle(a, w.scratch, l, from, to);
}

// The last layer's outputs and their slopes. Work-item = network * parts + part of the groups of samples.
__kernel void top(ARGUMENTS)
{
    const uint network = get_global_id(0) / parts, part = get_global_id(0) % parts;
    const work w = work_of(network, clock[1], GIVEN);
    const net *a = &w.a;
    if (layers > 1) multiply(a, w.r.theta, w.scratch, layers, 0, SIZE(layers), FROM_PANEL(batch), TO_PANEL(batch));
    lose(a, w.scratch, FROM_PANEL(batch), TO_PANEL(batch));
    if (get_global_id(0) == 0) clock[0] = clock[1] + 1;
}

// Work-item = network * parts + part of the units of layer l - 1, l > 2.
__kernel void back(ARGUMENTS, const uint l)
{
    const uint network = get_global_id(0) / parts, part = get_global_id(0) % parts;
    const work w = work_of(network, clock[1], GIVEN);
    pass_back(&w, l, part, parts);
}

// The beginning of the steps of a launch.
__kernel void begin(__global uint *clock) { clock[0] = 0; }

// Numbers of a network's theta that part `part` of `parts` has: whole vectors.
#define FROM_NUMBER ((size_t)(length / LANES) * part / parts * LANES)
#define TO_NUMBER ((size_t)(length / LANES) * (part + 1) / parts * LANES)

// squares[network][part] of the gradient; work-item = network * parts + part.
__kernel void squares(__global const float *scratch, __global float *sums, const uint length, const uint space,
                      const uint gradient_at, const uint parts)
{
    const size_t network = get_global_id(0) / parts, part = get_global_id(0) % parts;
    __global const float *g = scratch + network * space + gradient_at;
    realv sum = (realv)(0.0f);
    for (size_t p = FROM_NUMBER; p < TO_NUMBER; p += LANES) {
        const realv slope = *(__global const realv *)(g + p);
        sum += slope * slope;
    }
    sums[get_global_id(0)] = across(sum);
}

// The update by kept gradients, their norm clipped; work-item = network * parts + part.
__kernel void apply(ARGUMENTS, __global const float *sums)
{
    const uint network = get_global_id(0) / parts, part = get_global_id(0) % parts;
    const work w = work_of(network, clock[0] - 1, GIVEN);
    const net *a = &w.a;
    float total = 0.0f;
    for (uint i = 0; i < parts; ++i) total += sums[network * parts + i];
    const realv scale = clipped((realv)(total), &w.r.dials);
    for (uint l = 1; l <= layers; ++l) {
        const size_t end = BIASES(l) + (biased ? SLOPE_ROW(l) : 0);
        const size_t from = FROM_NUMBER > WEIGHTS(l) ? FROM_NUMBER : WEIGHTS(l), to = LEAST(TO_NUMBER, end);
        if (from < to) descend_row(&w.r, w.r.g + from, from, to - from, scale);
    }
}
