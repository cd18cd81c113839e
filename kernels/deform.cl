// Images deformed at random: shifted, rotated, stretched and bent elastically, as infinite MNIST is made of MNIST
// (Loosli, Canu and Bottou 2007; elastic fields: Simard, Steinkraus and Platt 2003).
//
// Row r of a stream is sample r % batch of step first + r / batch. Pixel p = (i, j) of it shows its source image at
//   c + R(turn) diag(stretch) (p - c) + shift + field(p),   field_y(i, j) = sum_ab by[i][a] bx[b][j] g[a][b], and so x,
// bilinear between pixels, blank outside. by and bx are bumps of unit length, so that each pixel's displacement has the
// variance of one g. All random numbers are of the place (step, sample, draw, stream): draw 0 the source image, whether
// and which label is drawn at random, the turn; draw 1 shift and stretch; 2 to 5 g of y, 6 to 9 g of x, four a draw.
//
// Layout: plan[38][stride], float32: 4 of the matrix, 2 of the shift (with what the centre adds), 16 g of y, 16 of x;
// source[stride]; images[image][HEIGHT + 3][WIDTH + 3] with blank margins, 1 before and 2 behind; by[HEIGHT][4],
// bx[4][WIDTH rounded up to LANES]; x[row][HEIGHT * WIDTH], t[row][outputs] row-major, in pixels and radians / 2 pi.
// Defines: HEIGHT, WIDTH; GROUP, how many rows one work-item of warp does on a CPU.
#include "philox.cl"

#define NODES 4
#define FIELDS (6 + 2 * NODES * NODES)
#define ACROSS ((WIDTH + LANES - 1) / LANES)
#define ROW (WIDTH + 3)

// Uniform in (-reach, reach).
inline realv within(uintv bits, float reach) { return (2.0f * uniform01(bits) - 1.0f) * reach; }

// Work-item: LANES rows. What is to be done to each, and its target: table[label].
__kernel void plan(__global realv *plan, __global uint *source, __global float *t, __global const uint *labels,
                   __global const float *table, const uint images, const uint classes, const uint outputs,
                   const uint rows, const uint stride, const uint first, const uint batch, const uint stream,
                   const float noise, const float shift, const float turn, const float stretch, const float bend,
                   const uint key0, const uint key1)
{
    const uint item = get_global_id(0), from = item * LANES, lines = stride / LANES;
    if (from >= rows) return;
    const uintv row = from + LANE, step = first + row / batch, sample = row % batch, wide = (uintv)(stream);
    const bits4 which = philox(step, sample, (uintv)(0u), wide, key0, key1);
    const bits4 where = philox(step, sample, (uintv)(1u), wide, key0, key1);

    const realv angle = within(which.w3, turn), c = COS_TURNS(angle), s = SIN_TURNS(angle);
    const realv down = 1.0f + within(where.w2, stretch), along = 1.0f + within(where.w3, stretch);
    const realv yy = c * down, yx = -s * along, xy = s * down, xx = c * along;
    const float i = 0.5f * (HEIGHT - 1), j = 0.5f * (WIDTH - 1);
    __global realv *to = plan + item;
    to[0] = yy; to[lines] = yx; to[2 * lines] = xy; to[3 * lines] = xx;
    to[4 * lines] = within(where.w0, shift * HEIGHT) + (i - yy * i - yx * j);
    to[5 * lines] = within(where.w1, shift * WIDTH) + (j - xy * i - xx * j);
    for (uint draw = 0; draw < 2 * NODES; ++draw) {
        const real4v g = normal4(step, sample, (uintv)(2 + draw), wide, key0, key1);
        const float reach = bend * (draw < NODES ? HEIGHT : WIDTH);
        to += lines * (draw ? 4 : 6);
        to[0] = g.a * reach; to[lines] = g.b * reach; to[2 * lines] = g.c * reach; to[3 * lines] = g.d * reach;
    }

    const uintv chosen = multiply_high(which.w0, images), random = multiply_high(which.w2, classes);
    const uintv noisy = LESS(uniform01(which.w1), (realv)(noise));
    const uint *image = (const uint *)&chosen, *other = (const uint *)&random, *replaced = (const uint *)&noisy;
    for (uint lane = 0; lane < LANES && from + lane < rows; ++lane) {
        source[from + lane] = image[lane];
        const uint label = replaced[lane] ? other[lane] : labels[image[lane]];
        for (uint k = 0; k < outputs; ++k) t[(size_t)(from + lane) * outputs + k] = table[label * outputs + k];
    }
}

// The whole number at or next below y, where y is one either of the two, for -2^22 < y < 2^22; *fraction of the way on.
inline intv cell(realv y, realv *fraction)
{
    const realv shifted = (y - 0.5f) + 12582912.0f;       // 1.5 * 2^23: rounds, and holds the number in its low bits
    *fraction = y - (shifted - 12582912.0f);
    return AS_INT(shifted) - 0x4B400000;
}

inline realv clamped(realv y, float hi)
{
    const realv at_least = y < (realv)(0.0f) ? (realv)(0.0f) : y;
    return at_least > (realv)(hi) ? (realv)(hi) : at_least;
}

// Pixels of one source image, with its margins, at (y, x) in the coordinates of the margins.
inline realv look(__global const float *image, realv y, realv x)
{
    realv down, along;
    const intv i = cell(clamped(y, HEIGHT + 1), &down), j = cell(clamped(x, WIDTH + 1), &along);
    const intv corner = i * ROW + j;
    realv p[4];
    const int *at = (const int *)&corner;
    float *each = (float *)p;
    for (int lane = 0; lane < LANES; ++lane) {
        __global const float *here = image + at[lane];
        each[lane] = here[0]; each[LANES + lane] = here[1];
        each[2 * LANES + lane] = here[ROW]; each[3 * LANES + lane] = here[ROW + 1];
    }
    const realv above = p[0] + along * (p[1] - p[0]), below = p[2] + along * (p[3] - p[2]);
    return above + down * (below - above);
}

// LANES pixels from (i, LANES * block) of one row; gy, gx: the field of these columns, by node of the lines.
inline realv pixels(__global const float *image, __global const float *plan, __global const float *by, const realv *gy,
                    const realv *gx, uint stride, uint i, uint block)
{
    const realv j = TO_REAL(block * LANES + LANE);
    realv y = plan[4 * stride] + plan[0] * i + plan[stride] * j + 1.0f;
    realv x = plan[5 * stride] + plan[2 * stride] * i + plan[3 * stride] * j + 1.0f;
    for (uint a = 0; a < NODES; ++a) {
        y += by[NODES * i + a] * gy[a];
        x += by[NODES * i + a] * gx[a];
    }
    return look(image, y, x);
}

// The field of LANES columns, by node of the lines.
inline void columns(__global const float *plan, __global const realv *bx, realv *gy, realv *gx, uint stride, uint block)
{
    for (uint a = 0; a < NODES; ++a) {
        gy[a] = gx[a] = (realv)(0.0f);
        for (uint b = 0; b < NODES; ++b) {
            const realv bump = bx[b * ACROSS + block];
            gy[a] += bump * plan[(6 + NODES * a + b) * stride];
            gx[a] += bump * plan[(6 + NODES * NODES + NODES * a + b) * stride];
        }
    }
}

// Work-item: GROUP rows on a CPU; one pixel of a row on a GPU.
__kernel void warp(__global float *x, __global const float *images, __global const float *plan,
                   __global const uint *source, __global const float *by, __global const realv *bx, const uint rows,
                   const uint stride)
{
    realv gy[NODES], gx[NODES];
#if LANES == 1
    const size_t item = get_global_id(0), row = item / (HEIGHT * WIDTH);
    if (row >= rows) return;
    const uint i = item / WIDTH % HEIGHT, j = item % WIDTH;
    columns(plan + row, bx, gy, gx, stride, j);
    x[item] = pixels(images + (size_t)source[row] * (HEIGHT + 3) * ROW, plan + row, by, gy, gx, stride, i, j);
#else
    const size_t from = get_global_id(0) * GROUP;
    for (size_t row = from; row < min(from + GROUP, (size_t)rows); ++row) {
        __global const float *image = images + (size_t)source[row] * (HEIGHT + 3) * ROW;
        for (uint block = 0; block < ACROSS; ++block) {
            columns(plan + row, bx, gy, gx, stride, block);
            for (uint i = 0; i < HEIGHT; ++i) {
                const realv shown = pixels(image, plan + row, by, gy, gx, stride, i, block);
                __global float *to = x + (row * HEIGHT + i) * WIDTH + block * LANES;
#if WIDTH % LANES == 0
                *(__global realv *)to = shown;
#else
                const float *each = (const float *)&shown;
                for (uint lane = 0; lane < min(LANES + 0u, WIDTH - block * LANES); ++lane) to[lane] = each[lane];
#endif
            }
        }
    }
#endif
}
