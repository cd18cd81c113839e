// The update rules, once, for every landscape: g is the landscape's gradient, the rest of a step is here.
//
// A tile is what one work-item carries: `rows` rows of TILE vectors.
//   ACROSS_WALKERS 1: row i is component i; lane l of vector v is walker `walker + v * LANES + l`. rows >= size.
//   ACROSS_WALKERS 0: TILE is 1, row c holds components LANES*c ... of the one walker `walker`; components from `size`
//                     on are zero in x, g and xi, and stay so.
// Element (row i, vector v) of a tile lies at AT(i, v) from the tile's base TILE_BASE(tile, rows): tile after tile on a
// CPU, [row][tile] on a GPU so that neighbours read neighbours; `stride` is the number of tiles of the whole launch.
// On a GPU, LANES = TILE = 1 and a tile is one walker.
//
// dials[16]: see simulator/optimizers.py, Dials.packed(). Energies in units of H, positions in units of a spin.
// SPHERE 1: |x|^2 = size after every step, gradients are projected to the tangent space. SPHERE 0: R^size.
#ifndef DESCEND_CL
#define DESCEND_CL
#include "philox.cl"

#ifndef ACROSS_WALKERS
#define ACROSS_WALKERS 1
#endif
#ifndef TILE
#define TILE 1
#endif
#ifndef SPHERE
#define SPHERE 1
#endif

#define DIAL_OPTIMIZER 0
#define DIAL_RATE 1
#define DIAL_MOMENTUM 2
#define DIAL_TEMPERATURE 3
#define DIAL_BATCH 4
#define DIAL_ROUGHNESS 5
#define DIAL_FUNNEL 6
#define DIAL_SHAPE 7            // b1 b2 b3 b4
#define DIAL_CONFINEMENT 11
#define DIAL_BETA_2 12
#define DIAL_EPSILON 13

#define RULE_GD 0
#define RULE_SGD 1
#define RULE_MOMENTUM 2
#define RULE_ADAM 3
#define RULE_LANGEVIN 4

#if IS_GPU
#define AT(i, v) ((size_t)(i) * stride + (v))
#define TILE_BASE(tile, rows) ((size_t)(tile))
#else
#define AT(i, v) ((i) * TILE + (v))
#define TILE_BASE(tile, rows) ((size_t)(tile) * (rows) * TILE)
#endif

#if ACROSS_WALKERS
#define GROUP 4                 // rows that share one draw of four normals
#define WALKERS (TILE * LANES)  // walkers of a tile
#define ROWS(size) (size)       // rows that hold components
#define TOTAL(x) (x)            // a sum over all components, from the sum over rows
#define NATIVE(xi, i) ((realv)((xi)[i]))
#define PUT(row, v, x) (*((__global realv *)(row) + (v)) = (x))
#else
#define GROUP 1
#define WALKERS 1
#define ROWS(size) (((size) + LANES - 1) / LANES)
#define TOTAL(x) ((realv)(across(x)))
#define NATIVE(xi, i) (((__global const realv *)(xi))[i])
#define PUT(row, v, x) (*(row) = FIRST(x))
#endif

// g(Q) = b1 Q + b2 Q^2 + b3 Q^3 + b4 Q^4 of the funnel H = -N lambda g(Q), and its slope.
inline realv funnel_depth(realv q, __global const float *dials)
{
    __global const float *b = dials + DIAL_SHAPE;
    return q * (b[0] + q * (b[1] + q * (b[2] + q * b[3])));
}
inline realv funnel_slope(realv q, __global const float *dials)
{
    __global const float *b = dials + DIAL_SHAPE;
    return b[0] + q * (2.0f * b[1] + q * (3.0f * b[2] + q * (4.0f * b[3])));
}

// z[row of the group][vector]: standard normals for the rows from `first` on, by (step, walker, component/4, stream).
inline void normals_of_rows(realv z[GROUP][TILE], uint first, uint size, uint walker, uint step, uint stream,
                            uint key0, uint key1)
{
#if ACROSS_WALKERS
#pragma unroll
    for (int v = 0; v < TILE; ++v) {
        const uintv who = walker + (uint)(v * LANES) + LANE;
        const real4v n = normal4((uintv)(step), who, (uintv)(first / 4), (uintv)(stream), key0, key1);
        z[0][v] = n.a;
        z[1][v] = n.b;
        z[2][v] = n.c;
        z[3][v] = n.d;
    }
#else
    const uintv component = first * LANES + LANE;
    const realv n = normal1((uintv)(step), (uintv)(walker), component >> 2, (uintv)(stream), key0, key1, component & 3u);
    z[0][0] = AS_REAL(AS_UINT(n) & LESS(component, (uintv)(size)));
#endif
}

// One step of one tile. All tile pointers are at the tile's base.
//   x, v, m2   state, momentum (or first moment), second moment; x0 the state at step 0; xi[size] the native state
//   g          gradient of the landscape divided by `scale`; on return the gradient used (tangent, funnel included)
//   energy     energy of the landscape divided by `scale`, of each lane (ACROSS_WALKERS 0: the walker's, in every lane)
//   scale      what g and energy must be multiplied by, roughness included
//   step       steps since the start; since: the step at which the moments were last zero (for Adam's bias correction)
//   trace      the tile's place in this step's [4][slots]: energy per spin, Q, C(t,0), |g|^2/N, before the step
inline void descend(__global realv *restrict x, __global realv *restrict v, __global realv *restrict m2,
                    __global const realv *restrict x0, __global const float *restrict xi, __global realv *restrict g,
                    const realv *energy, float scale, uint size, uint stride, uint walker, uint step, uint since,
                    uint key0, uint key1, __global const float *dials, __global float *trace, uint slots)
{
    const float n = (float)size;
    const uint rows = ROWS(size);
    const int rule = (int)dials[DIAL_OPTIMIZER];
    const float eta = dials[DIAL_RATE], lambda = dials[DIAL_FUNNEL], kappa = dials[DIAL_CONFINEMENT];
    realv gx[TILE], xx[TILE], q[TILE], c[TILE], pull[TILE], radial[TILE], norm[TILE];

#pragma unroll
    for (int t = 0; t < TILE; ++t) gx[t] = xx[t] = q[t] = c[t] = norm[t] = (realv)(0.0f);
    for (uint i = 0; i < rows; ++i) {
        const realv native = NATIVE(xi, i);
#pragma unroll
        for (int t = 0; t < TILE; ++t) {
            const realv a = x[AT(i, t)];
            gx[t] += g[AT(i, t)] * a;
            xx[t] += a * a;
            q[t] += a * native;
            c[t] += a * x0[AT(i, t)];
        }
    }
#pragma unroll
    for (int t = 0; t < TILE; ++t) {
        q[t] = TOTAL(q[t]) / n;
        xx[t] = TOTAL(xx[t]);
        pull[t] = lambda * funnel_slope(q[t], dials);
#if SPHERE
        radial[t] = (scale * TOTAL(gx[t]) + kappa * xx[t]) / n - pull[t] * q[t];
#else
        radial[t] = (realv)(0.0f);
#endif
        PUT(trace, t, scale * energy[t] / n - lambda * funnel_depth(q[t], dials) + 0.5f * kappa * xx[t] / n);
        PUT(trace + slots, t, q[t]);
        PUT(trace + 2 * slots, t, TOTAL(c[t]) / n);
    }

    for (uint i = 0; i < rows; ++i) {
        const realv native = NATIVE(xi, i);
#pragma unroll
        for (int t = 0; t < TILE; ++t) {
            const realv used = scale * g[AT(i, t)] - pull[t] * native + (kappa - radial[t]) * x[AT(i, t)];
            g[AT(i, t)] = used;
            norm[t] += used * used;
        }
    }
#pragma unroll
    for (int t = 0; t < TILE; ++t) {
        PUT(trace + 3 * slots, t, TOTAL(norm[t]) / n);
        xx[t] = (realv)(0.0f);
    }

    const float beta = dials[DIAL_MOMENTUM], beta2 = dials[DIAL_BETA_2], epsilon = dials[DIAL_EPSILON];
    float whole1 = 1.0f, whole2 = 1.0f;
    if (rule == RULE_ADAM) {    // 1 - beta^age without cancellation
        const float age = (float)(step - since + 1);
        whole1 = 1.0f / -expm1(age * log(beta));
        whole2 = 1.0f / -expm1(age * log(beta2));
    }
    const float noise = rule == RULE_LANGEVIN ? sqrt(2.0f * dials[DIAL_TEMPERATURE] * eta) : 0.0f;
    for (uint first = 0; first < rows; first += GROUP) {
        realv z[GROUP][TILE];
        if (noise > 0.0f) normals_of_rows(z, first, size, walker, step, STREAM_LANGEVIN, key0, key1);
#pragma unroll
        for (int r = 0; r < GROUP; ++r) {
            const uint i = first + r;
            if (i >= rows) break;
#pragma unroll
            for (int t = 0; t < TILE; ++t) {
                const realv force = g[AT(i, t)];
                realv move = eta * force;
                if (rule == RULE_MOMENTUM) {
                    const realv speed = beta * v[AT(i, t)] + force;
                    v[AT(i, t)] = speed;
                    move = eta * speed;
                } else if (rule == RULE_ADAM) {
                    const realv mean = beta * v[AT(i, t)] + (1.0f - beta) * force;
                    const realv square = beta2 * m2[AT(i, t)] + (1.0f - beta2) * (force * force);
                    v[AT(i, t)] = mean;
                    m2[AT(i, t)] = square;
                    move = eta * (mean * whole1) / (SQRT(square * whole2) + epsilon);
                } else if (noise > 0.0f) {
                    move -= noise * z[r][t];
                }
                const realv a = x[AT(i, t)] - move;
                x[AT(i, t)] = a;
                xx[t] += a * a;
            }
        }
    }

#if SPHERE
    // Back to the sphere; then the momentum into the tangent space there.
    realv along[TILE];
#pragma unroll
    for (int t = 0; t < TILE; ++t) {
        xx[t] = SQRT(n / TOTAL(xx[t]));
        along[t] = (realv)(0.0f);
    }
    for (uint i = 0; i < rows; ++i) {
#pragma unroll
        for (int t = 0; t < TILE; ++t) {
            const realv a = x[AT(i, t)] * xx[t];
            x[AT(i, t)] = a;
            if (rule == RULE_MOMENTUM) along[t] += a * v[AT(i, t)];
        }
    }
    if (rule == RULE_MOMENTUM) {
#pragma unroll
        for (int t = 0; t < TILE; ++t) along[t] = TOTAL(along[t]) / n;
        for (uint i = 0; i < rows; ++i) {
#pragma unroll
            for (int t = 0; t < TILE; ++t) v[AT(i, t)] -= along[t] * x[AT(i, t)];
        }
    }
#endif
}

// Scales the rows of a tile to |x|^2 = size.
inline void to_sphere(__global realv *x, uint size, uint stride)
{
    realv xx[TILE];
#pragma unroll
    for (int t = 0; t < TILE; ++t) xx[t] = (realv)(0.0f);
    for (uint i = 0; i < ROWS(size); ++i) {
#pragma unroll
        for (int t = 0; t < TILE; ++t) xx[t] += x[AT(i, t)] * x[AT(i, t)];
    }
#pragma unroll
    for (int t = 0; t < TILE; ++t) xx[t] = SQRT((float)size / TOTAL(xx[t]));
    for (uint i = 0; i < ROWS(size); ++i) {
#pragma unroll
        for (int t = 0; t < TILE; ++t) x[AT(i, t)] *= xx[t];
    }
}

#define START_RANDOM 0
#define START_PAIR 1
#define START_NATIVE 2

// The start of one tile: `first` is its first walker's replica number, walkers of a sample are numbered from `base`.
// random: standard normals by (0, walker, component/4, STREAM_START); pair: replicas 2k and 2k+1 take those of 2k;
// native: xi. On the sphere, normals end at |x|^2 = size.
inline void start_tile(__global realv *x, __global const float *xi, int kind, uint size, uint stride, uint base,
                       uint first, uint key0, uint key1)
{
    if (kind == START_NATIVE) {
        for (uint i = 0; i < ROWS(size); ++i) {
#pragma unroll
            for (int t = 0; t < TILE; ++t) x[AT(i, t)] = NATIVE(xi, i);
        }
        return;
    }
    for (uint i = 0; i < ROWS(size); ++i) {
#pragma unroll
        for (int t = 0; t < TILE; ++t) {
#if ACROSS_WALKERS
            const uintv component = (uintv)(i);
            uintv replica = first + (uint)(t * LANES) + LANE;
#else
            const uintv component = i * LANES + LANE;
            uintv replica = (uintv)(first);
#endif
            if (kind == START_PAIR) replica &= ~1u;
            const realv z = normal1((uintv)(0u), base + replica, component >> 2, (uintv)(STREAM_START), key0, key1,
                                    component & 3u);
            x[AT(i, t)] = AS_REAL(AS_UINT(z) & LESS(component, (uintv)(size)));
        }
    }
#if SPHERE
    to_sphere(x, size, stride);
#endif
}

// xi[padded]: one sample's native state, uniform on the sphere |xi|^2 = size by (0, sample, component/4, STREAM_NATIVE);
// padded is a multiple of LANES, components from size on are zero.
inline void native_state(__global float *xi, uint size, uint padded, uint sample, uint key0, uint key1)
{
    __global realv *rows = (__global realv *)xi;
    realv xx = (realv)(0.0f);
    for (uint i = 0; i < padded / LANES; ++i) {
        const uintv component = i * LANES + LANE;
        const realv z = normal1((uintv)(0u), (uintv)(sample), component >> 2, (uintv)(STREAM_NATIVE), key0, key1,
                                component & 3u);
        rows[i] = AS_REAL(AS_UINT(z) & LESS(component, (uintv)(size)));
        xx += rows[i] * rows[i];
    }
    const realv scale = SQRT((realv)((float)size / across(xx)));
    for (uint i = 0; i < padded / LANES; ++i) rows[i] *= scale;
}
#endif
