// A height field as a picture, seen by an orthographic camera without roll: every screen column is one straight line over
// the ground. It is marched front to back between two horizons, the highest and the lowest row reached so far: what rises
// over the first is the surface's upper side, what sinks under the second its underside, all else is hidden. Exact, in
// O(samples + pixels) a column (floating horizon, Wright 1973), with exact vertical coverage of each pixel.
//
// heights[row][column], field[row][column] = (z, dz/dx, dz/dy, openness) in scene units (see simulator/projection.py).
// view[]: the indices below. prims[n][12]: x0 y0 depth0 radius0 x1 y1 depth1 radius1 alpha0 alpha1 kind body, back to
// front, in pixels; tubes of one body follow each other. colours[256][4].
// out[row][column]: red | green << 8 | blue << 16 | alpha << 24.
// One work-item draws COLUMNS columns (1 on a GPU). SAMPLES lines a column smooth upright edges.
// On scalars PoCL's own are calls, and cost a fifth of the picture.
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define CLAMP(x, low, high) MIN(MAX(x, low), high)
enum { COS_A, SIN_A, COS_E, SIN_E, SCALE, CENTRE_X, CENTRE_Y, HALF_X, HALF_Y, Z_PER, Z_ORIGIN, Z_RANGE, DARK, DISC,
       CONTOURS, STEP };
enum { TUBE, SPHERE, LINE };

#if IS_GPU
#define RSQRT(x) rsqrt(x)
#define SCRATCH(column, row) ((size_t)(row) * get_global_size(0) + get_global_id(0))
#else
// 1 / sqrt(x) to 5e-6: PoCL's own is a library call.
inline float RSQRT(float x)
{
    float y = as_float(0x5f3759dfu - (as_uint(x) >> 1));
    y = y * (1.5f - 0.5f * x * y * y);
    return y * (1.5f - 0.5f * x * y * y);
}
#define SCRATCH(column, row) (((size_t)get_global_id(0) * COLUMNS + (column)) * height + (row))
#endif

// filled[i][j]: z in scene units; where a disc ends, one more ring of nodes, continued linearly. One work-item a row.
__kernel void fill(__global const float *restrict heights, __global const float *restrict view,
                   __global float *restrict filled, int rows, int columns)
{
    const int i = get_global_id(0);
    if (i >= rows) return;
    for (int j = 0; j < columns; ++j) {
        float h = heights[i * columns + j];
        if (isnan(h) && view[DISC] > 0.5f) {
            float sum = 0.0f, count = 0.0f;
            for (int di = -1; di <= 1; ++di)
                for (int dj = -1; dj <= 1; ++dj) {
                    const int ni = i + di, nj = j + dj;
                    if (ni < 0 || nj < 0 || ni >= rows || nj >= columns) continue;
                    const float near = heights[ni * columns + nj];
                    if (isnan(near)) continue;
                    const int fi = ni + di, fj = nj + dj;
                    const bool inside = fi >= 0 && fj >= 0 && fi < rows && fj < columns;
                    const float far = inside ? heights[fi * columns + fj] : near;
                    sum += isnan(far) ? near : 2.0f * near - far;
                    count += 1.0f;
                }
            if (count > 0.0f) h = sum / count;
        }
        filled[i * columns + j] = (h - view[Z_ORIGIN]) * view[Z_PER];
    }
}

inline float at(__global const float *restrict z, int i, int j, int rows, int columns)
{
    return i < 0 || j < 0 || i >= rows || j >= columns ? NAN : z[i * columns + j];
}

// The slope between the nodes beside one, or on the one side that there is.
inline float slope(float before, float here, float after, float spacing)
{
    const bool b = !isnan(before), a = !isnan(after);
    if (a && b) return 0.5f * (after - before) / spacing;
    return a ? (after - here) / spacing : b ? (here - before) / spacing : 0.0f;
}

// field from filled. Openness is 1 on ridges and falls where the ground rises all around. One work-item a row.
__kernel void slopes(__global const float *restrict z, __global const float *restrict view,
                     __global float4 *restrict field, int rows, int columns)
{
    const int i = get_global_id(0);
    if (i >= rows) return;
    const float sx = 2.0f * view[HALF_X] / (columns - 1), sy = 2.0f * view[HALF_Y] / (rows - 1);
    const int near = MAX(1, columns / 40), far = MAX(2, columns / 16);
    for (int j = 0; j < columns; ++j) {
        const float here = z[i * columns + j];
        float rise = 0.0f;
        for (int k = 0; k < 8; ++k) {
            const int reach = k < 4 ? near : far;
            const int di = (k < 4 ? (k == 0) - (k == 1) : (k & 1) * 2 - 1) * reach;
            const int dj = (k < 4 ? (k == 2) - (k == 3) : (k & 2) - 1) * reach;
            const float there = at(z, i + di, j + dj, rows, columns);
            const float run = reach * (k < 4 ? 1.0f : 1.414f) * sx;
            rise += isnan(there) ? 0.0f : (there - here) / run;
        }
        field[i * columns + j] = (float4)(here,
            slope(at(z, i, j - 1, rows, columns), here, at(z, i, j + 1, rows, columns), sx),
            slope(at(z, i - 1, j, rows, columns), here, at(z, i + 1, j, rows, columns), sy),
            CLAMP(1.0f - 0.055f * MAX(rise, 0.0f), 0.45f, 1.0f));
    }
}

// The colour of a surface element. side: 1 from above, -1 from below.
inline float4 shade(float4 f, float side, __global const float *restrict view, __global const float4 *restrict colours)
{
    const float value = CLAMP(f.x / view[Z_RANGE] + 0.5f, 0.0f, 1.0f);
    float4 colour = colours[(int)(value * 255.0f + 0.5f)];
    const float right = f.y * view[COS_A] + f.z * view[SIN_A], away = f.z * view[COS_A] - f.y * view[SIN_A];
    const float norm = side * RSQRT(1.0f + right * right + away * away);
    const float facing = MAX((away * view[COS_E] + view[SIN_E]) * norm, 0.02f);
    const float lit = MAX((0.50f * right + 0.30f * away + 0.81f) * norm, 0.0f);
    // Half-way between light and eye, up to its length.
    const float hx = -0.50f, hy = -0.30f - view[COS_E], hz = 0.81f + view[SIN_E];
    float gloss = MAX((-hx * right - hy * away + hz) * norm * RSQRT(hx * hx + hy * hy + hz * hz), 0.0f);
    gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss;
    const float edge = (1.0f - facing) * (1.0f - facing) * (1.0f - facing);
    const float dark = view[DARK];
    float light = (dark > 0.5f ? 0.36f + 0.72f * lit : 0.50f + 0.58f * lit) * f.w;
    if (side < 0.0f) {
        // The underside: dimmed, and drawn towards grey so that it is not taken for a lower height.
        const float4 grey = dark > 0.5f ? (float4)(0.30f, 0.33f, 0.40f, 1.0f) : (float4)(0.62f, 0.65f, 0.70f, 1.0f);
        colour = colour * 0.40f + grey * 0.60f;
        light = 0.50f + 0.40f * facing;
        gloss = 0.0f;
    }
    // Lines of equal height, one pixel wide however steep the ground; they fade where they would run together.
    const float tilt = away * away + right * right * view[SIN_E] * view[SIN_E];
    const float per_pixel = view[CONTOURS] * tilt * RSQRT(tilt + 1e-12f)
        / (MAX(fabs(view[SIN_E] + away * view[COS_E]), 0.05f) * view[Z_RANGE] * view[SCALE]);
    const float level = (f.x / view[Z_RANGE] + 0.5f) * view[CONTOURS];
    const float off = fabs(level - ((int)(level + 1000.5f) - 1000)) / MAX(per_pixel, 1e-4f);  // floor is a call in PoCL
    const float line = CLAMP(1.1f - off, 0.0f, 1.0f) * CLAMP((0.30f - per_pixel) * 6.0f, 0.0f, 1.0f);
    light *= 1.0f - 0.24f * line;
    return colour * light + 0.10f * gloss + 0.05f * edge * f.w;
}

// Over: `colour` with opacity `alpha` upon one pixel of premultiplied scratch.
inline void over(__global float4 *pixel, float4 colour, float alpha)
{
    colour.w = 1.0f;
    *pixel = colour * alpha + *pixel * (1.0f - alpha);
}

// One column of the surface, along one line over the ground; weights sum to `share`.
inline void march(float x, __global const float4 *restrict field, __global const float *restrict view,
                  __global const float4 *restrict colours, __global float4 *restrict paint,
                  __global float *restrict depth, int column, int height, int rows, int columns, float share)
{
    const float ca = view[COS_A], sa = view[SIN_A], ce = view[COS_E], se = view[SIN_E], scale = view[SCALE];
    const float hx = view[HALF_X], hy = view[HALF_Y];
    // The line is (x ca - t sa, x sa + t ca): where it enters and leaves the ground.
    const float px = x * ca, py = x * sa, dx = -sa, dy = ca;
    float t0 = -4.0f, t1 = 4.0f;
    if (fabs(dx) > 1e-6f) {
        const float a = (-hx - px) / dx, b = (hx - px) / dx;
        t0 = MAX(t0, MIN(a, b)); t1 = MIN(t1, MAX(a, b));
    } else if (fabs(px) > hx) return;
    if (fabs(dy) > 1e-6f) {
        const float a = (-hy - py) / dy, b = (hy - py) / dy;
        t0 = MAX(t0, MIN(a, b)); t1 = MIN(t1, MAX(a, b));
    } else if (fabs(py) > hy) return;
    if (view[DISC] > 0.5f) {
        const float qa = dx * dx / (hx * hx) + dy * dy / (hy * hy), qb = px * dx / (hx * hx) + py * dy / (hy * hy);
        const float q = qb * qb - qa * (px * px / (hx * hx) + py * py / (hy * hy) - 1.0f);
        if (q <= 0.0f) return;
        const float root = q * RSQRT(q);
        t0 = MAX(t0, (-qb - root) / qa); t1 = MIN(t1, (-qb + root) / qa);
    }
    if (t1 <= t0) return;
    const int n = (int)((t1 - t0) / view[STEP]) + 1;
    const float step = (t1 - t0) / n;
    const float to_j = 0.5f * (columns - 1) / hx, to_i = 0.5f * (rows - 1) / hy;

    float high = 0.0f, low = 0.0f, q_before = 0.0f, t_before = 0.0f;
    bool begun = false, joined = false;
    float4 before = (float4)(0.0f), sum = (float4)(0.0f);
    float sum_t = 0.0f, weight = 0.0f, side = 1.0f;
    int row_now = -1;
    for (int k = 0; k <= n + 1; ++k) {
        const float t = t0 + step * k;
        float4 here = (float4)(NAN);
        if (k <= n) {
            const float j = CLAMP((px + t * dx + hx) * to_j, 0.0f, columns - 1.0f);
            const float i = CLAMP((py + t * dy + hy) * to_i, 0.0f, rows - 1.0f);
            const int j0 = MIN((int)j, columns - 2), i0 = MIN((int)i, rows - 2);
            const float fj = j - j0, fi = i - i0;
            __global const float4 *f = field + i0 * columns + j0;
            const float4 near = f[0] + (f[1] - f[0]) * fj, far = f[columns] + (f[columns + 1] - f[columns]) * fj;
            here = near + (far - near) * fi;
        }
        const bool solid = !isnan(here.x);
        const float q = view[CENTRE_Y] - scale * (t * se + here.x * ce);
        float top = 0.0f, bottom = 0.0f, now = 0.0f;
        if (solid && joined) {
            if (q < high) { top = q; bottom = high; now = 1.0f; high = q; }
            else if (q > low) { top = low; bottom = q; now = -1.0f; low = q; }
        } else if (solid) {
            // Entering: a gap between the horizons and here stays blank.
            high = begun ? MIN(high, q) : q;
            low = begun ? MAX(low, q) : q;
            begun = true;
        }
        top = MAX(top, 0.0f);
        bottom = MIN(bottom, (float)height);
        const int first = now > 0.0f ? (int)bottom : (int)top, last = now > 0.0f ? (int)top : (int)bottom;
        const int towards = now > 0.0f ? -1 : 1;
        const bool seen = now != 0.0f && bottom > top;
        // A pixel is shaded once, when its last piece of this side is known.
        for (int row = seen ? first : -1; ; row += towards) {
            if (weight > 0.0f && (row != row_now || now != side)) {
                const float4 mean = sum / weight;
                const float w = weight * share;
                const size_t place = SCRATCH(column, row_now);
                float4 colour = shade(mean, side, view, colours);
                colour.w = 1.0f;
                paint[place] += colour * w;
                if (weight > 0.25f) depth[place] = MIN(depth[place], scale * (sum_t / weight * ce - mean.x * se));
                weight = 0.0f; sum = (float4)(0.0f); sum_t = 0.0f;
            }
            if (!seen) break;
            const float a = MAX(top, (float)row), b = MIN(bottom, row + 1.0f);
            if (b > a && row < height) {
                const float u = CLAMP((0.5f * (a + b) - q_before) / (q - q_before), 0.0f, 1.0f), w = b - a;
                sum += (before + (here - before) * u) * w;
                sum_t += (t_before + (t - t_before) * u) * w;
                weight += w;
                row_now = row; side = now;
            }
            if (row == last) break;
        }
        before = here; q_before = q; t_before = t; joined = solid;
    }
}

// A sphere, tube or line upon one column: solid before the surface, faint behind it.
inline void splat(__global const float *p, float px, __global const float *restrict view, __global float4 *restrict paint,
                  __global const float *restrict depth, __global float *restrict owner, int column, int height)
{
    const float x0 = p[0], y0 = p[1], r0 = p[3], x1 = p[4], y1 = p[5], r1 = p[7];
    const float reach = MAX(r0, r1) + 1.0f;
    if (px < MIN(x0, x1) - reach || px > MAX(x0, x1) + reach) return;
    const int kind = (int)p[10];
    const float vx = x1 - x0, vy = y1 - y0, length2 = MAX(vx * vx + vy * vy, 1e-6f);
    const int first = MAX((int)(MIN(y0, y1) - reach), 0), last = MIN((int)(MAX(y0, y1) + reach), height - 1);
    const bool dark = view[DARK] > 0.5f;
    const float4 body = dark ? (float4)(0.97f, 0.98f, 1.0f, 1.0f) : (float4)(0.10f, 0.12f, 0.17f, 1.0f);
    for (int row = first; row <= last; ++row) {
        const float dx = px - x0, dy = row + 0.5f - y0;
        float u = (dx * vx + dy * vy) / length2;
        u = CLAMP(u, 0.0f, 1.0f);
        const float ex = dx - u * vx, ey = dy - u * vy, d2 = ex * ex + ey * ey;
        const float r = r0 + u * (r1 - r0);
        if (d2 > (r + 0.5f) * (r + 0.5f)) continue;
        const float d = d2 * RSQRT(d2 + 1e-9f);
        float alpha = CLAMP(r + 0.5f - d, 0.0f, 1.0f) * (p[8] + u * (p[9] - p[8]));
        if (kind != SPHERE) alpha *= MIN(1.0f, 2.0f * r);
        float4 colour = body;
        float nearer = 0.0f;
        if (kind == SPHERE) {
            const float z2 = MAX(1.0f - d2 / (r * r), 0.0f), z = z2 * RSQRT(z2 + 1e-9f);
            nearer = r * z;
            const float lit = MAX((-0.48f * ex - 0.58f * ey) / r + 0.66f * z, 0.0f);
            float gloss = MAX((-0.29f * ex - 0.35f * ey) / r + 0.89f * z, 0.0f);
            gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss;
            // A dark rim sets a pale sphere off from pale ground, a pale one a dark sphere from dark ground.
            const float rim = CLAMP((0.62f - z) * 3.0f, 0.0f, 1.0f);
            colour = dark ? body * (0.42f + 0.60f * lit) * (1.0f - 0.85f * rim) + 0.25f * gloss
                          : body * (0.70f + 0.60f * lit) * (1.0f - rim) + (float4)(0.93f) * rim + 0.65f * gloss;
        }
        const size_t place = SCRATCH(column, row);
        const float here = p[2] + u * (p[6] - p[2]) - nearer;
        if (here > depth[place]) alpha *= 0.28f;
        if (kind == TUBE) {
            // The pieces of one trail are one body: where they overlap, only the denser one counts (no beads at joints).
            const float before = owner[place] - p[11];
            const float had = before >= 0.0f && before < 1.0f ? before : 0.0f;
            if (alpha <= had) continue;
            owner[place] = p[11] + MIN(alpha, 0.99f);
            alpha = (alpha - had) / (1.0f - had);
        }
        over(paint + place, colour, alpha);
    }
}

__kernel void draw(__global const float4 *restrict field, __global const float *restrict view,
                   __global const float4 *restrict colours,
                   __global const float *restrict prims, __global float4 *restrict paint, __global float *restrict depth,
                   __global float *restrict owner, __global uint *restrict out,
                   int rows, int columns, int width, int height, int count)
{
    const int left = get_global_id(0) * COLUMNS;
    for (int c = 0; c < COLUMNS; ++c) {
        const int px = left + c;
        if (px >= width) break;
        for (int row = 0; row < height; ++row) {
            paint[SCRATCH(c, row)] = (float4)(0.0f);
            depth[SCRATCH(c, row)] = 1e30f;
            owner[SCRATCH(c, row)] = -1.0f;
        }
        for (int s = 0; s < SAMPLES && rows > 1 && columns > 1; ++s) {
            const float x = (px + (s + 0.5f) / SAMPLES - view[CENTRE_X]) / view[SCALE];
            march(x, field, view, colours, paint, depth, c, height, rows, columns, 1.0f / SAMPLES);
        }
    }
    for (int n = 0; n < count; ++n) {
        __global const float *p = prims + 12 * n;
        const float reach = MAX(p[3], p[7]) + 1.0f;
        if (left > MAX(p[0], p[4]) + reach || left + COLUMNS < MIN(p[0], p[4]) - reach) continue;
        for (int c = 0; c < COLUMNS && left + c < width; ++c)
            splat(p, left + c + 0.5f, view, paint, depth, owner, c, height);
    }
    for (int row = 0; row < height; ++row)
        for (int c = 0; c < COLUMNS && left + c < width; ++c) {
            const float4 pixel = paint[SCRATCH(c, row)];
            const float alpha = MIN(pixel.w, 1.0f);
            uint packed = 0;
            if (alpha > 0.002f) {
                const float4 shown = clamp(pixel / pixel.w, 0.0f, 1.0f) * 255.0f + 0.5f;
                packed = (uint)shown.x | (uint)shown.y << 8 | (uint)shown.z << 16 | (uint)(alpha * 255.0f + 0.5f) << 24;
            }
            out[(size_t)row * width + left + c] = packed;
        }
}
