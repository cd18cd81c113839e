// Batches as mlp_solo.cl and mlp_wide.cl want them: see mlp_samples.cl for the layouts.
#include "mlp_rows.cl"

typedef realv anywhere __attribute__((aligned(4)));

// Row r of batch `step` is row order[step * batch + r] of x, or step * batch + r where by_order is 0: h[step][group]
// [dimension][PANEL] the signals of layer 0, p[step][panel][rows][PANEL] turned, targets as signals; rows = PANEL *
// groups, of which those beyond the batch are its last again. Work-items share the pairs (step, group), in all `pairs`.
__kernel void stage(__global const float *restrict x, __global const float *restrict t,
                    __global const uint *restrict order, __global float *restrict h, __global float *restrict p,
                    __global float *restrict targets, const uint dimension, const uint classes, const uint batch,
                    const int by_order, const uint pairs)
{
    const uint groups = (batch + PANEL - 1) / PANEL, panels = (dimension + PANEL - 1) / PANEL;
    const ulong items = get_global_size(0), id = get_global_id(0);
    for (uint pair = id * pairs / items; pair < (uint)((id + 1) * pairs / items); ++pair) {
        const uint step = pair / groups, g = pair % groups;
        size_t from[PANEL];
        for (uint s = 0; s < PANEL; ++s) {
            const size_t row = (size_t)step * batch + LEAST(g * PANEL + s, batch - 1);
            from[s] = by_order ? order[row] : row;
        }
        __global float *signals = h + (size_t)pair * dimension * PANEL;
        __global float *turned = p + ((size_t)step * panels * groups + g) * PANEL * PANEL;
        uint k = 0;
        for (; k + LANES <= dimension; k += LANES)
            for (uint v = 0; v < VECTORS; ++v) {
                realv block[LANES];
                const size_t row = k / PANEL * groups * PANEL + v * LANES;
                __global realv *to = (__global realv *)(turned + row * PANEL + k % PANEL);
#pragma unroll
                for (int s = 0; s < LANES; ++s) {
                    block[s] = *(__global const anywhere *)(x + from[v * LANES + s] * dimension + k);
                    to[s * VECTORS] = block[s];
                }
                transpose(block);
#pragma unroll
                for (int i = 0; i < LANES; ++i) ((__global realv *)signals)[(k + i) * VECTORS + v] = block[i];
            }
        if (k < dimension)
            for (uint s = 0; s < PANEL; ++s) {
                __global float *to = turned + (k / PANEL * groups * PANEL + s) * PANEL + k % PANEL;
                *(__global realv *)to = (realv)(0.0f);
                for (uint i = 0; i < dimension - k; ++i)
                    signals[(k + i) * PANEL + s] = to[i] = x[from[s] * dimension + k + i];
            }
        for (uint c = 0; c < classes; ++c)
            for (uint s = 0; s < PANEL; ++s)
                targets[((size_t)pair * classes + c) * PANEL + s] = t[from[s] * classes + c];
    }
}
