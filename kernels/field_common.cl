// What every file of the Gaussian field shares: its defines. See field.cl for the layout.
#ifndef FIELD_COMMON_CL
#define FIELD_COMMON_CL
#ifndef ACROSS_WALKERS
#define ACROSS_WALKERS 1
#endif
#if ACROSS_WALKERS && LANES > 1
#define TILE 2
#else
#define TILE 1
#endif
#define SPHERE 0
#include "descend.cl"

#ifndef HELD
#define HELD 4
#endif
#ifndef FEW
#define FEW 1
#endif
#if HELD < 4                    // then rows = HELD, and loops over them unroll
#define KNOWN(rows) HELD
#else
#define KNOWN(rows) (rows)
#endif
#define BLOCK 32                // features whose phases are held at once
#define PACKS (BLOCK / 8)
#define CHUNK 128               // components whose positions stay in the first-level cache

#if !ACROSS_WALKERS
// weight[pack of the block][walker]: as in the other variant, the same features.
inline void weights(realv weight[PACKS][FEW], const float keep, const int pack, const uint step, const uint walker,
                    const uint key0, const uint key1)
{
    const realv kept = (realv)(1.0f / keep), none = (realv)(0.0f);
    for (int w = 0; w < FEW; ++w) {
        const bits4 r = philox((uintv)(step), (uintv)(walker + w), (uint)(pack * 2) + LANE, (uintv)(STREAM_BATCH), key0,
                               key1);
        weight[0][w] = uniform01(r.w0) < keep ? kept : none;
        weight[1][w] = uniform01(r.w1) < keep ? kept : none;
        weight[2][w] = uniform01(r.w2) < keep ? kept : none;
        weight[3][w] = uniform01(r.w3) < keep ? kept : none;
    }
}
#endif
#endif
