// Philox4x32-10 (Salmon et al. 2011): random bits from their place alone.
// Counter = (step, walker, draw, stream), key = the two halves of the seed. All functions work on vectors:
// uintv is LANES unsigned ints, realv LANES floats.
#ifndef PHILOX_CL
#define PHILOX_CL
#include "vector.cl"

// The streams: what a random number is for. Counter = (step, walker, draw, stream) but for the quenched disorder, which
// has neither step nor walker: (kind, sample, draw, STREAM_DISORDER).
#define STREAM_DISORDER 1u
#define STREAM_START 2u
#define STREAM_NATIVE 3u
#define STREAM_LANGEVIN 4u
#define STREAM_BATCH 8u     // + p for the couplings of p spins

typedef struct { uintv w0, w1, w2, w3; } bits4;
typedef struct { realv a, b, c, d; } real4v;

inline bits4 philox(uintv c0, uintv c1, uintv c2, uintv c3, uint k0, uint k1)
{
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const uintv h0 = multiply_high(c0, 0xD2511F53u), l0 = c0 * 0xD2511F53u;
        const uintv h1 = multiply_high(c2, 0xCD9E8D57u), l1 = c2 * 0xCD9E8D57u;
        c0 = h1 ^ c1 ^ k0;
        c1 = l1;
        c2 = h0 ^ c3 ^ k1;
        c3 = l0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    bits4 out = {c0, c1, c2, c3};
    return out;
}

// The keys of the last seven rounds in every lane, for philox_walkers.
typedef struct { uintv k0[7], k1[7]; } key_schedule;
inline key_schedule schedule_of(uint k0, uint k1)
{
    key_schedule keys;
    for (uint round = 0; round < 7; ++round) {
        keys.k0[round] = (uintv)(k0 + (round + 3) * 0x9E3779B9u);
        keys.k1[round] = (uintv)(k1 + (round + 3) * 0xBB67AE85u);
    }
    return keys;
}

// Philox where the lanes differ in the walker alone: half of the first three rounds is scalar, the keys are at hand.
__attribute__((always_inline)) inline bits4 philox_walkers(uint step, uintv walker, uint draw, uint stream, uint k0,
                                                           uint k1, const key_schedule *keys)
{
    const ulong p0 = (ulong)step * 0xD2511F53u, p1 = (ulong)draw * 0xCD9E8D57u;
    const uintv a0 = walker ^ ((uint)(p1 >> 32) ^ k0);
    const ulong q1 = (ulong)((uint)(p0 >> 32) ^ stream ^ k1) * 0xCD9E8D57u;
    const uint b0 = (uint)(q1 >> 32) ^ (uint)p1 ^ (k0 + 0x9E3779B9u);
    const uintv b2 = multiply_high(a0, 0xD2511F53u) ^ ((uint)p0 ^ (k1 + 0xBB67AE85u)), b3 = a0 * 0xD2511F53u;
    const ulong r0 = (ulong)b0 * 0xD2511F53u;
    uintv c0 = multiply_high(b2, 0xCD9E8D57u) ^ ((uint)q1 ^ (k0 + 2 * 0x9E3779B9u)), c1 = b2 * 0xCD9E8D57u;
    uintv c2 = b3 ^ ((uint)(r0 >> 32) ^ (k1 + 2 * 0xBB67AE85u)), c3 = (uintv)((uint)r0);
#pragma unroll
    for (int round = 0; round < 7; ++round) {
        const uintv h0 = multiply_high(c0, 0xD2511F53u), l0 = c0 * 0xD2511F53u;
        const uintv h1 = multiply_high(c2, 0xCD9E8D57u), l1 = c2 * 0xCD9E8D57u;
        c0 = h1 ^ (c1 ^ keys->k0[round]);
        c1 = l1;
        c2 = h0 ^ (c3 ^ keys->k1[round]);
        c3 = l0;
    }
    bits4 out = {c0, c1, c2, c3};
    return out;
}

// A uniform strictly inside (0, 1): the upper 23 bits and a half, (k + 1/2) / 2^23, exact: k becomes a mantissa.
inline realv uniform01(uintv bits) { return AS_REAL((bits >> 9) | 0x3f800000u) - (1.0f - 0x1p-24f); }

// Four independent standard normals (Box-Muller on two pairs).
inline real4v normal4(uintv c0, uintv c1, uintv c2, uintv c3, uint k0, uint k1)
{
    const bits4 r = philox(c0, c1, c2, c3, k0, k1);
    const realv m = SQRT(-2.0f * LOG_UNIFORM(uniform01(r.w0))), n = SQRT(-2.0f * LOG_UNIFORM(uniform01(r.w2)));
    const realv u = uniform01(r.w1), v = uniform01(r.w3);
    real4v out = {m * COS_TURNS(u), m * SIN_TURNS(u), n * COS_TURNS(v), n * SIN_TURNS(v)};
    return out;
}

// The normal of each lane's own place: number `which` (0 to 3) of normal4, for one logarithm and one cosine in all.
inline realv normal1(uintv c0, uintv c1, uintv c2, uintv c3, uint k0, uint k1, uintv which)
{
    const bits4 r = philox(c0, c1, c2, c3, k0, k1);
    const uintv second = 0u - (which >> 1);
    const realv u = uniform01(CHOOSE(second, r.w2, r.w0)), phase = uniform01(CHOOSE(second, r.w3, r.w1));
    return SQRT(-2.0f * LOG_UNIFORM(u)) * COS_TURNS(phase - 0.25f * TO_REAL(which & 1u));
}

// out[4]: the known-answer probe, counter and key zero.
__kernel void fill_bits(__global uint *out)
{
    const bits4 r = philox((uintv)(0), (uintv)(0), (uintv)(0), (uintv)(0), 0u, 0u);
    out[0] = FIRST(r.w0); out[1] = FIRST(r.w1); out[2] = FIRST(r.w2); out[3] = FIRST(r.w3);
}

// place[n][6] = (c0, c1, c2, c3, k0, k1); bits[n][4], uniforms[n][4], normals[n][4]: everything there is at n places.
__kernel void at_places(__global const uint *place, __global uint *bits, __global float *uniforms, __global float *normals)
{
    const size_t n = get_global_id(0);
    __global const uint *p = place + 6 * n;
    const uintv c0 = (uintv)(p[0]), c1 = (uintv)(p[1]), c2 = (uintv)(p[2]), c3 = (uintv)(p[3]);
    const bits4 r = philox(c0, c1, c2, c3, p[4], p[5]);
    const real4v z = normal4(c0, c1, c2, c3, p[4], p[5]);
    bits[4 * n] = FIRST(r.w0); bits[4 * n + 1] = FIRST(r.w1); bits[4 * n + 2] = FIRST(r.w2); bits[4 * n + 3] = FIRST(r.w3);
    uniforms[4 * n] = FIRST(uniform01(r.w0)); uniforms[4 * n + 1] = FIRST(uniform01(r.w1));
    uniforms[4 * n + 2] = FIRST(uniform01(r.w2)); uniforms[4 * n + 3] = FIRST(uniform01(r.w3));
    normals[4 * n] = FIRST(z.a); normals[4 * n + 1] = FIRST(z.b); normals[4 * n + 2] = FIRST(z.c); normals[4 * n + 3] = FIRST(z.d);
}
#endif
