// The couplings of the glass (glass_packing.cl says how they are packed): drawing them, and the Hessian that they make.
#include "philox.cl"
#include "glass_packing.cl"

// Couplings of p spins; work-item = sample * size + the prefix's first index (p = 2: work-item = sample).
// amplitude = a_p / sqrt(2 size^(p-1)). Number `row` of normal4 at (p, sample, 8 block + column, STREAM_DISORDER).
inline float orderings(uint p, bool hi, bool ij, bool jk)
{
    float count = p == 4 ? 24.0f : p == 3 ? 6.0f : 2.0f, run = 1.0f;
    if (p == 4 && hi) { run += 1.0f; count /= run; } else run = 1.0f;
    if (p >= 3 && ij) { run += 1.0f; count /= run; } else run = 1.0f;
    if (jk) { run += 1.0f; count /= run; }
    return count;
}

inline uint draw_prefix(__global float *c, uint p, uint h, uint i, uint block, uint size, uint sample, float amplitude,
                        uint key0, uint key1)
{
    for (uint j = 0; j <= i; j += 4) {
        for (uint k = 0; k <= j; k += 8, ++block) {
            for (uint e = 0; e < 8; e += LANES) {
                const uintv column = k + e + LANE;
                const real4v z = normal4((uintv)(p), (uintv)(sample), block * 8 + e + LANE, (uintv)(STREAM_DISORDER),
                                         key0, key1);
                const realv row[4] = {z.a, z.b, z.c, z.d};
                for (uint r = 0; r < 4; ++r) {
                    const uint at = j + r;
                    const float below = sqrt(orderings(p, h == i, i == at, false)) * amplitude;
                    const float on = sqrt(orderings(p, h == i, i == at, true)) * amplitude;
                    const uintv under = at <= i ? LESS(column, (uintv)(at)) : (uintv)(0u);
                    const uintv upto = at <= i ? LESS(column, (uintv)(at + 1)) : (uintv)(0u);
                    const realv factor = AS_REAL(CHOOSE(under, AS_UINT((realv)(below)), AS_UINT((realv)(on)) & upto));
                    *(__global realv *)(c + (size_t)block * BLOCK + r * 8 + e) = factor * row[r];
                }
            }
        }
    }
    return block;
}

__kernel void draw(__global float *c, uint p, uint size, uint blocks, float amplitude, uint key0, uint key1)
{
    const uint item = get_global_id(0);
    const uint sample = p == 2 ? item : item / size, first = p == 2 ? size - 1 : item % size;
    c += (size_t)sample * blocks * BLOCK;
    uint block = 0, below = 0;
    if (p == 3)
        for (uint i = 0; i < first; ++i) block += blocks_of(i);
    if (p == 4)
        for (uint h = 0; h < first; ++h) { below += blocks_of(h); block += below; }
    if (p == 4) {
        for (uint i = 0; i <= first; ++i)
            block = draw_prefix(c, p, first, i, block, size, sample, amplitude, key0, key1);
    } else {
        draw_prefix(c, p, size, first, block, size, sample, amplitude, key0, key1);
    }
}

// Half of the Hessian of sum C s..s at s[padded] (the sum of it and its transpose is the Hessian), prefixes shared
// out among the parts; work-item = part. one_side[part][padded][padded], z[part][padded] scratch; both zero before.
inline float hessian_prefix(__global const float *c, uint i, float weight, __global const float *s,
                            __global float *one_side, __global float *z, uint padded)
{
    float sum = 0.0f;
    for (uint k = 0; k < padded; ++k) z[k] = 0.0f;
    for (uint j = 0; j <= i; j += 4) {
        for (uint r = 0; r < 4; ++r) {
            realv t = (realv)(0.0f);
            for (uint k = 0; k <= j + 3; k += LANES) {
                const realv one = *(__global const realv *)(c + (k / 8) * BLOCK + r * 8 + k % 8);
                t += one * *(__global const realv *)(s + k);
                *(__global realv *)(z + k) += one * s[j + r];
                *(__global realv *)(one_side + (size_t)(j + r) * padded + k) += weight * one;
            }
            z[j + r] += across(t);
            sum += s[j + r] * across(t);
        }
        c += (j / 8 + 1) * BLOCK;
    }
    return sum;
}

__kernel void hessian(__global const float *c2, __global const float *c3, __global const float *c4,
                      __global const uint *cuts, __global const float *s, __global float *one_side, __global float *z,
                      uint size, uint padded, uint orders, uint blocks2, uint blocks3, uint blocks4, uint sample)
{
    const uint part = get_global_id(0);
    cuts += part * 5;
    one_side += (size_t)part * padded * padded;
    z += (size_t)part * padded;
    c2 += (size_t)sample * blocks2 * BLOCK;
    c3 += (size_t)sample * blocks3 * BLOCK;
    c4 += (size_t)sample * blocks4 * BLOCK;
    if ((orders & ORDER_2) && part == 0) hessian_prefix(c2, size - 1, 1.0f, s, one_side, z, padded);
    if (orders & ORDER_3) {
        c3 += (size_t)cuts[1] * BLOCK;
        for (uint i = cuts[0]; i < cuts[5]; ++i) {
            hessian_prefix(c3, i, s[i], s, one_side, z, padded);
            c3 += (size_t)blocks_of(i) * BLOCK;
            for (uint k = 0; k < padded; ++k) one_side[(size_t)i * padded + k] += z[k];
        }
    }
    if (orders & ORDER_4) {
        uint i = cuts[3];
        c4 += (size_t)cuts[4] * BLOCK;
        for (uint h = cuts[2]; h < cuts[7] || (h == cuts[7] && i < cuts[8]); ++h, i = 0) {
            const uint end = h < cuts[7] ? h + 1 : cuts[8];
            for (; i < end; ++i) {
                const float sum = hessian_prefix(c4, i, s[h] * s[i], s, one_side, z, padded);
                c4 += (size_t)blocks_of(i) * BLOCK;
                one_side[(size_t)h * padded + i] += sum;
                for (uint k = 0; k < padded; ++k) {
                    one_side[(size_t)h * padded + k] += s[i] * z[k];
                    one_side[(size_t)i * padded + k] += s[h] * z[k];
                }
            }
        }
    }
}
