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
#if HELD < 4                    // then rows = HELD, and loops over them unroll
#define KNOWN(rows) HELD
#else
#define KNOWN(rows) (rows)
#endif
#define BLOCK 32                // features whose phases are held at once
#define PACKS (BLOCK / 8)
#define CHUNK 128               // components whose positions stay in the first-level cache
#endif
