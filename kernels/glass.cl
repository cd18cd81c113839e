// The spherical p-spin glass, p = 2, 3, 4 mixed, descending: couplings as in glass_packing.cl, the funnel and the update
// rules of descend.cl.
//
// State, all float32: see descend.cl for x, v, m2, x0, g: one tile of `padded` components after another, padded = size
// rounded up to 8; tile = sample * tiles + tile of the sample, walker = sample * replicas + replica.
// xi[sample][padded]. trace[step][4][slots], slots = walkers of all tiles, those beyond `replicas` among them.
// cuts[part][5] = (i3, block3, h4, i4, block4): prefix and block at which each part begins, and one row for the end.
#define TILE 1
#include "glass_gradient.cl"

// xi[sample][padded]; work-item = sample.
__kernel void native_states(__global float *xi, uint size, uint padded, uint key0, uint key1)
{
    const uint sample = get_global_id(0);
    native_state(xi + (size_t)sample * padded, size, padded, sample, key0, key1);
}

// x and x0 at the start; work-item = tile.
__kernel void start(__global realv *x, __global realv *x0, __global const float *xi, int kind, uint size, uint padded,
                    uint tiles, uint replicas, uint stride, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles;
    const uint rows = TILE_ROWS(padded);
    x += TILE_BASE(tile, rows);
    x0 += TILE_BASE(tile, rows);
    start_tile(x, xi + (size_t)sample * padded, kind, size, stride, sample * replicas, tile % tiles * WALKERS, key0,
               key1);
    for (uint i = 0; i < rows; ++i) x0[AT(i, 0)] = x[AT(i, 0)];
}

// n steps from `step` on; work-item = tile. Each walker on its own: nothing meets between the steps.
__kernel void steps(__global const float *c2, __global const float *c3, __global const float *c4,
                    __global const uint *cuts, __global realv *x, __global realv *v, __global realv *m2,
                    __global const realv *x0, __global const float *xi, __global realv *g, __global const float *dials,
                    __global float *trace, uint size, uint padded, uint tiles, uint replicas, uint stride, uint orders,
                    uint blocks2, uint blocks3, uint blocks4, uint step, uint n, uint since, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles, slots = stride * WALKERS;
    const uint walker = sample * replicas + tile % tiles * WALKERS;
    const size_t base = TILE_BASE(tile, TILE_ROWS(padded));
    task a = task_of(c2, c3, c4, cuts, sample, size, padded, stride, orders, blocks2, blocks3, blocks4);
    a.keep = keeper_of(dials, key0, key1);
    const float fraction = kept_fraction(&a.keep);
    g += TILE_BASE(tile, GRADIENT_ROWS(padded));
    for (uint k = 0; k < n; ++k) {
        a.step = step + k;
        const realv energy = fraction * gradient(&a, true, x + base, g, walker);
        descend(x + base, v + base, m2 + base, x0 + base, xi + (size_t)sample * padded, g, &energy,
                -dials[DIAL_ROUGHNESS] / fraction, size, stride, walker, step + k, since, key0, key1, dials,
                trace + (size_t)k * 4 * slots + tile * WALKERS, slots);
    }
}

// The same in two kernels a step for few walkers of a large glass. clock[0] is the step of `parts`, clock[1] that of
// `update`; each kernel leaves the other's, so that no argument changes between the steps.
// parts: work-item = part * stride + tile, partial[part] holds as much as g, energies[part][slots].
__kernel void parts(__global const float *c2, __global const float *c3, __global const float *c4,
                    __global const uint *cuts, __global const realv *x, __global realv *partial,
                    __global float *energies, __global const float *dials, __global uint *clock, uint size, uint padded,
                    uint tiles, uint replicas, uint stride, uint orders, uint blocks2, uint blocks3, uint blocks4,
                    uint key0, uint key1)
{
    const uint part = get_global_id(0) / stride, tile = get_global_id(0) % stride, sample = tile / tiles;
    task a = task_of(c2, c3, c4, cuts + part * 5, sample, size, padded, stride, orders, blocks2, blocks3, blocks4);
    a.keep = keeper_of(dials, key0, key1);
    a.step = clock[0];
    partial += (size_t)part * stride * GRADIENT_ROWS(padded) + TILE_BASE(tile, GRADIENT_ROWS(padded));
    const realv energy = gradient(&a, part == 0, x + TILE_BASE(tile, TILE_ROWS(padded)), partial,
                                  sample * replicas + tile % tiles * WALKERS);
    PUT(energies + ((size_t)part * stride + tile) * WALKERS, 0, energy);
    if (get_global_id(0) == 0) clock[1] = a.step;
}

// update: work-item = tile. trace[step - first][4][slots].
__kernel void update(__global realv *x, __global realv *v, __global realv *m2, __global const realv *x0,
                     __global const float *xi, __global realv *partial, __global const float *energies,
                     __global const float *dials, __global float *trace, __global uint *clock, uint size, uint padded,
                     uint tiles, uint replicas, uint stride, uint count, uint first, uint since, uint key0, uint key1)
{
    const uint tile = get_global_id(0), sample = tile / tiles, slots = stride * WALKERS;
    const uint step = clock[1];
    const size_t base = TILE_BASE(tile, TILE_ROWS(padded)), copy = (size_t)stride * GRADIENT_ROWS(padded);
    const keeper keep = keeper_of(dials, key0, key1);
    __global realv *g = partial + TILE_BASE(tile, GRADIENT_ROWS(padded));
    realv energy = (realv)(0.0f);
    for (uint part = 0; part < count; ++part) {
        __global const float *row = energies + ((size_t)part * stride + tile) * WALKERS;
#if ACROSS_WALKERS
        energy += *(__global const realv *)row;
#else
        energy += (realv)(*row);
#endif
        if (part > 0)
            for (uint i = 0; i < TILE_ROWS(padded); ++i) g[AT(i, 0)] += g[part * copy + AT(i, 0)];
    }
    energy *= kept_fraction(&keep);
    descend(x + base, v + base, m2 + base, x0 + base, xi + (size_t)sample * padded, g, &energy,
            -dials[DIAL_ROUGHNESS] / kept_fraction(&keep), size, stride, sample * replicas + tile % tiles * WALKERS,
            step, since, key0, key1, dials, trace + (size_t)(step - first) * 4 * slots + tile * WALKERS, slots);
    if (get_global_id(0) == 0) clock[0] = step + 1;
}

// Energy and gradient of the glass (roughness 1, no funnel) at the points x; work-item = tile. energies[slots].
__kernel void evaluate(__global const float *c2, __global const float *c3, __global const float *c4,
                       __global const uint *cuts, __global const realv *x, __global realv *g, __global float *energies,
                       uint size, uint padded, uint tiles, uint stride, uint orders, uint blocks2, uint blocks3,
                       uint blocks4)
{
    const uint tile = get_global_id(0);
    const task a = task_of(c2, c3, c4, cuts, tile / tiles, size, padded, stride, orders, blocks2, blocks3, blocks4);
    g += TILE_BASE(tile, GRADIENT_ROWS(padded));
    PUT(energies + tile * WALKERS, 0, -gradient(&a, true, x + TILE_BASE(tile, TILE_ROWS(padded)), g, 0));
    for (uint i = 0; i < TILE_ROWS(padded); ++i) g[AT(i, 0)] = -g[AT(i, 0)];
}
