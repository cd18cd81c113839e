// The trainability map on a GPU: a hidden unit a work-item, WIDTH of them one network, whole networks in a group of at
// most GROUP. A unit's weights, their gradient and its values of WIDTH samples stay in registers; networks add up their
// outputs in local memory: part[sample][item], its rows padded so that reads across them meet in no bank, error[item].
#ifndef TRAINABILITY_UNITS_CL
#define TRAINABILITY_UNITS_CL
#define GROUP 64u
#define PADDED (GROUP + 1u)

typedef struct { number w[WIDTH], g[WIDTH], v, along; } unit_t;

// Values t of one unit for `count` samples, and its parts of their outputs.
inline void unit_forward(const unit_t *a, number *t, __global const scalar *x, uint count, __local number *part)
{
#pragma unroll
    for (uint q = 0; q < WIDTH; ++q)
        if (q < count) {
            number h = (number)(0.0f);
#pragma unroll
            for (uint j = 0; j < WIDTH; ++j) h += a->w[j] * x[q * WIDTH + j];
            t[q] = SIGNAL(h);
            part[q * PADDED] = a->v * t[q];
        }
}

// Adds the gradient of these samples' e^2 / 2, but for the factor v.
inline void unit_backward(unit_t *a, const number *t, __global const scalar *x, uint count, __local const number *error)
{
#pragma unroll
    for (uint q = 0; q < WIDTH; ++q)
        if (q < count) {
            const number e = error[q], along = e * t[q], d = e - along * t[q];
            a->along += along;
#pragma unroll
            for (uint j = 0; j < WIDTH; ++j) a->g[j] += d * x[q * WIDTH + j];
        }
}

// One step of one unit, together with its network's others; returns the sum of e^2 before it. unit: its number; part and
// error: from its network's first item on. After each barrier nobody needs what was read before it any more.
inline number unit_step(unit_t *a, __global const scalar *x, __global const scalar *y, uint samples, number rate_w,
                        number rate_v, uint unit, __local number *part, __local number *error)
{
    number squares = (number)(0.0f), t[WIDTH];
    a->along = (number)(0.0f);
#pragma unroll
    for (uint j = 0; j < WIDTH; ++j) a->g[j] = (number)(0.0f);
    for (uint s = 0; s < samples; s += WIDTH) {
        const uint count = LEAST((uint)WIDTH, samples - s);
        __global const scalar *rows = x + (size_t)s * WIDTH;
        unit_forward(a, t, rows, count, part + unit);
        barrier(CLK_LOCAL_MEM_FENCE);
        number e = (number)(0.0f);
        if (unit < count) {
            e = -y[s + unit];
            for (uint i = 0; i < WIDTH; ++i) e += part[unit * PADDED + i];
        }
        squares += e * e;
        error[unit] = e;
        barrier(CLK_LOCAL_MEM_FENCE);
        unit_backward(a, t, rows, count, error);
    }
    const number scale = rate_w * a->v;
#pragma unroll
    for (uint j = 0; j < WIDTH; ++j) a->w[j] -= scale * a->g[j];
    a->v -= rate_v * a->along;
    barrier(CLK_LOCAL_MEM_FENCE);
    error[unit] = squares;
    barrier(CLK_LOCAL_MEM_FENCE);
    number loss = error[0];
    for (uint i = 1; i < WIDTH; ++i) loss += error[i];
    return loss;
}

// Whether all networks of a group, `items` work-items, are lost: an output weight that is NaN makes all of them NaN.
inline int all_lost(number v, uint items, uint item, __local number *error)
{
    barrier(CLK_LOCAL_MEM_FENCE);
    error[item] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    int lost = 1;
    for (uint i = 0; i < items; i += WIDTH) lost &= error[i] != error[i];
    return lost;
}
#endif
