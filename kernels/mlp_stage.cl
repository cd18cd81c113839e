// Batches as mlp_solo.cl and mlp_wide.cl want them: see mlp_samples.cl for the layouts.
#include "mlp_rows.cl"

// Row r of batch `step` is row order[step * batch + r] of x, or
// step * batch + r where by_order is 0: h[step][group][dimension][PANEL] the signals of layer 0, p[step][panel][rows]
// [PANEL] turned, targets as signals; rows = PANEL * groups. Work-item = (step, group).
__kernel void stage(__global const float *restrict x, __global const float *restrict t,
                    __global const uint *restrict order, __global float *restrict h, __global float *restrict p,
                    __global float *restrict targets, const uint dimension, const uint classes, const uint batch,
                    const int by_order)
{
    const uint groups = (batch + PANEL - 1) / PANEL, g = get_global_id(0) % groups;
    const uint panels = (dimension + PANEL - 1) / PANEL;
    const size_t step = get_global_id(0) / groups;
    size_t from[PANEL];
    for (uint s = 0; s < PANEL; ++s) {
        const size_t row = step * batch + min(g * PANEL + s, batch - 1);
        from[s] = by_order ? order[row] : row;
    }
    h += (step * groups + g) * dimension * PANEL;
    targets += (step * groups + g) * classes * PANEL;
    p += step * panels * groups * PANEL * PANEL + g * PANEL * PANEL;
    for (uint k = 0; k < dimension; k += LANES)
        for (uint v = 0; v < VECTORS; ++v) {
            realv block[LANES];
            for (uint s = 0; s < LANES; ++s) {
                union { realv all; float one[LANES]; } u;
                u.all = (realv)(0.0f);
                for (uint i = 0; i < min((uint)LANES, dimension - k); ++i)
                    u.one[i] = x[from[v * LANES + s] * dimension + k + i];
                block[s] = u.all;
                ((__global realv *)p)[(k / PANEL * groups * PANEL + v * LANES + s) * VECTORS + k % PANEL / LANES] = block[s];
            }
            transpose(block);
            for (uint i = 0; i < min((uint)LANES, dimension - k); ++i)
                ((__global realv *)h)[(k + i) * VECTORS + v] = block[i];
        }
    for (uint c = 0; c < classes; ++c)
        for (uint s = 0; s < PANEL; ++s) targets[c * PANEL + s] = t[from[s] * classes + c];
}
