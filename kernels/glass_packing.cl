// How the couplings of the mixed p-spin glass are packed: H = -Delta sum C_hijk s_h s_i s_j s_k (and 3, and 2 indices),
// size > h >= i >= j >= k.
//
// For one prefix (h, i of p = 4; i of p = 3; none of p = 2, as if i = size - 1) the pairs i >= j >= k are
// packed in the order in which they are read: tiles of 4 rows j, blocks of 8 columns k,
//     c[block][row j % 4][k % 8],   blocks (j / 4, k / 8) with k / 8 <= j / 8, k fastest,
// prefixes in the order (h, i), sample after sample. Pairs with k > j or j > i, or beyond size, are zero. C_hijk has
// variance (number of distinct orderings) a_p^2 / (2 size^(p-1)), so that the covariance is exact at every size.
// orders: bit p - 2 is set where couplings of p spins exist. blocks_p: blocks of one sample.
#ifndef GLASS_PACKING_CL
#define GLASS_PACKING_CL
#define BLOCK 32
#define ORDER_2 1u
#define ORDER_3 2u
#define ORDER_4 4u

// Blocks of one prefix with j <= i.
inline uint blocks_of(uint i) { const uint m = i / 4; return m + 1 + m * m / 4; }
#endif
