// Which samples each step trains on, and these samples gathered. An epoch is a permutation of the data that nobody
// stores: a keyed Feistel network on Z_across x Z_down, walked until it is inside the data (Black and Rogaway 2002).
// Positions run on over the epochs: place p of the endless stream is element p mod samples of permutation p / samples,
// so that every sample is met exactly once in each `samples` places. Four rounds favour some pairs of neighbours by
// tens of percent in small data: simulator/networks/trainer_batches.py asks for enough to bring that below two.
#include "philox.cl"

#define STREAM_ORDER 20u
#define RUN 1024u               // places of one work-item
#define ROUNDS 12u              // at most; one key each

typedef uintv anywhere __attribute__((aligned(4)));

// across * down >= samples; reciprocal = (2^32 - 1) / across. rounds is even.
typedef struct { uint across, down, reciprocal, rounds, key[ROUNDS]; } feistel;

inline void take_keys(feistel *f, ulong epoch, uint key0, uint key1)
{
    for (uint call = 0; call < ROUNDS / 4; ++call) {
        const bits4 r = philox((uintv)((uint)epoch), (uintv)((uint)(epoch >> 32)), (uintv)(call), (uintv)(STREAM_ORDER),
                               key0, key1);
        f->key[4 * call] = FIRST(r.w0);
        f->key[4 * call + 1] = FIRST(r.w1);
        f->key[4 * call + 2] = FIRST(r.w2);
        f->key[4 * call + 3] = FIRST(r.w3);
    }
}

inline uintv mixed(uintv value, uint key, uint below)
{
    uintv h = (value + key) * 0x9E3779B1u;
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    return multiply_high(h ^ (h >> 13), below);
}

inline uintv wrapped(uintv sum, uint below) { return sum - (below & ~LESS(sum, (uintv)(below))); }

#if IS_GPU
#define WAYS 1
#else
#define WAYS 4                  // vectors that go through the rounds side by side, for each waits on itself
#endif

// Elements `place` of the permutation, in their places.
inline void permute(uintv place[WAYS], const feistel *f)
{
    uintv row[WAYS], column[WAYS];
#pragma unroll
    for (int w = 0; w < WAYS; ++w) {
        row[w] = multiply_high(place[w], f->reciprocal);
        column[w] = place[w] - row[w] * f->across;
        const uintv over = ~LESS(column[w], (uintv)(f->across));    // the quotient can be one too small
        row[w] -= over;
        column[w] -= f->across & over;
    }
    for (uint round = 0; round < f->rounds; round += 2) {
#pragma unroll
        for (int w = 0; w < WAYS; ++w)
            column[w] = wrapped(column[w] + mixed(row[w], f->key[round], f->across), f->across);
#pragma unroll
        for (int w = 0; w < WAYS; ++w)
            row[w] = wrapped(row[w] + mixed(column[w], f->key[round + 1], f->down), f->down);
    }
#pragma unroll
    for (int w = 0; w < WAYS; ++w) place[w] = row[w] * f->across + column[w];
}

inline int any_outside(uintv inside)
{
#if LANES == 8
    const uint4 h = inside.lo & inside.hi;
    const uint2 q = h.lo & h.hi;
    return (q.x & q.y) != 0xffffffffu;
#else
    return inside != 0xffffffffu;
#endif
}

// out[count]: the samples at the places from start = high * 2^32 + low on; work-item = RUN places.
__kernel void order(__global uint *out, const uint count, const uint samples, const uint across, const uint down,
                    const uint reciprocal, const uint rounds, const uint low, const uint high, const uint key0,
                    const uint key1)
{
    const uint from = get_global_id(0) * RUN, end = from + RUN < count ? from + RUN : count;
    const ulong start = ((ulong)high << 32) + low;
    feistel f = {across, down, reciprocal, rounds};
    for (uint at = from; at < end;) {
        const ulong epoch = (start + at) / samples;
        const uint first = (uint)((start + at) - epoch * samples), rest = samples - first;
        const uint last = end - at < rest ? end - at : rest;
        take_keys(&f, epoch, key0, key1);
        for (uint i = 0; i < last; i += WAYS * LANES) {
            uintv found[WAYS], again[WAYS], inside[WAYS], all;
#pragma unroll
            for (int w = 0; w < WAYS; ++w) {
                const uintv place = first + i + w * LANES + LANE;   // beyond the end it is 0, and thrown away
                found[w] = place & LESS(place, (uintv)(samples));
            }
            permute(found, &f);
            for (;;) {
                all = (uintv)(0xffffffffu);
#pragma unroll
                for (int w = 0; w < WAYS; ++w) {
                    inside[w] = LESS(found[w], (uintv)(samples));
                    all &= inside[w];
                    again[w] = found[w];
                }
                if (!any_outside(all)) break;
                permute(again, &f);
#pragma unroll
                for (int w = 0; w < WAYS; ++w) found[w] = CHOOSE(inside[w], found[w], again[w]);
            }
#pragma unroll
            for (int w = 0; w < WAYS; ++w) {
                const uint from_here = i + w * LANES;
                if (from_here + LANES <= last) {
                    *(__global anywhere *)(out + at + from_here) = found[w];
                    continue;
                }
                union { uintv all; uint one[LANES]; } each;
                each.all = found[w];
                for (uint l = 0; from_here + l < last; ++l) out[at + from_here + l] = each.one[l];
            }
        }
        at += last;
    }
}

// xs[count][dimension] and ts[count][outputs], the rows of x and t that `order` names; work-item = a run of rows.
__kernel void gather(__global const uint *restrict order, __global const float *restrict x,
                     __global const float *restrict t, __global float *restrict xs, __global float *restrict ts,
                     const uint count, const uint dimension, const uint outputs)
{
    const size_t items = get_global_size(0), id = get_global_id(0);
    for (size_t row = id * count / items; row < (id + 1) * count / items; ++row) {
        __global const float *from = x + (size_t)order[row] * dimension;
        __global const float *target = t + (size_t)order[row] * outputs;
        for (uint i = 0; i < dimension; ++i) xs[row * dimension + i] = from[i];
        for (uint i = 0; i < outputs; ++i) ts[row * outputs + i] = target[i];
    }
}
