"""The height field as a picture in numba: the march of surface.cl, which explains it; pixels equal to a few levels."""

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

COS_A, SIN_A, COS_E, SIN_E, SCALE, CENTRE_X, CENTRE_Y, HALF_X, HALF_Y, Z_PER, Z_ORIGIN, Z_RANGE, DARK, DISC = range(14)
CONTOURS, STEP = 14, 15
TUBE, SPHERE, TILE = 0, 1, 16
F = np.float32


@njit(cache=True)
def _clamp(x, low, high):
    return min(max(x, low), high)


@njit(parallel=True, cache=True)
def _fill(heights, view, filled):
    rows, columns = heights.shape
    for i in prange(rows):
        for j in range(columns):
            h = heights[i, j]
            if math.isnan(h) and view[DISC] > 0.5:
                total, count = F(0), F(0)
                for di in range(-1, 2):
                    for dj in range(-1, 2):
                        ni, nj = i + di, j + dj
                        if ni < 0 or nj < 0 or ni >= rows or nj >= columns or math.isnan(heights[ni, nj]):
                            continue
                        near = heights[ni, nj]
                        fi, fj = ni + di, nj + dj
                        far = near
                        if 0 <= fi < rows and 0 <= fj < columns:
                            far = heights[fi, fj]
                        total += near if math.isnan(far) else F(2) * near - far
                        count += F(1)
                if count > 0:
                    h = total / count
            filled[i, j] = (h - view[Z_ORIGIN]) * view[Z_PER]


@njit(cache=True)
def _at(z, i, j):
    if i < 0 or j < 0 or i >= z.shape[0] or j >= z.shape[1]:
        return F(np.nan)
    return z[i, j]


@njit(cache=True)
def _slope(before, here, after, spacing):
    b, a = not math.isnan(before), not math.isnan(after)
    if a and b:
        return F(0.5) * (after - before) / spacing
    if a:
        return (after - here) / spacing
    return (here - before) / spacing if b else F(0)


@njit(parallel=True, cache=True)
def _slopes(z, view, field):
    rows, columns = z.shape
    sx, sy = F(2) * view[HALF_X] / F(columns - 1), F(2) * view[HALF_Y] / F(rows - 1)
    near, far = max(1, columns // 40), max(2, columns // 16)
    for i in prange(rows):
        for j in range(columns):
            here = z[i, j]
            rise = F(0)
            for k in range(8):
                reach = near if k < 4 else far
                di = int(k == 0) - int(k == 1) if k < 4 else (k & 1) * 2 - 1
                dj = int(k == 2) - int(k == 3) if k < 4 else (k & 2) - 1
                there = _at(z, i + di * reach, j + dj * reach)
                if not math.isnan(there):
                    rise += (there - here) / (F(reach) * (F(1) if k < 4 else F(1.414)) * sx)
            field[i, j, 0] = here
            field[i, j, 1] = _slope(_at(z, i, j - 1), here, _at(z, i, j + 1), sx)
            field[i, j, 2] = _slope(_at(z, i - 1, j), here, _at(z, i + 1, j), sy)
            field[i, j, 3] = _clamp(F(1) - F(0.055) * max(rise, F(0)), F(0.45), F(1))


@njit(cache=True)
def _shade(z, zx, zy, open_, side, view, colours):
    """Red, green, blue of a surface element; side is 1 from above, -1 from below."""
    value = _clamp(z / view[Z_RANGE] + F(0.5), F(0), F(1))
    index = int(value * F(255) + F(0.5))
    red, green, blue = colours[index, 0], colours[index, 1], colours[index, 2]
    sin_e, cos_e = view[SIN_E], view[COS_E]
    right, away = zx * view[COS_A] + zy * view[SIN_A], zy * view[COS_A] - zx * view[SIN_A]
    norm = side / math.sqrt(F(1) + right * right + away * away)
    facing = max((away * cos_e + sin_e) * norm, F(0.02))
    lit = max((F(0.50) * right + F(0.30) * away + F(0.81)) * norm, F(0))
    hx, hy, hz = F(-0.50), F(-0.30) - cos_e, F(0.81) + sin_e
    gloss = max((-hx * right - hy * away + hz) * norm / math.sqrt(hx * hx + hy * hy + hz * hz), F(0))
    gloss = gloss**32
    edge = (F(1) - facing) ** 3
    dark = view[DARK] > 0.5
    light = (F(0.36) + F(0.72) * lit if dark else F(0.50) + F(0.58) * lit) * open_
    if side < 0:
        red = red * F(0.40) + (F(0.30) if dark else F(0.62)) * F(0.60)
        green = green * F(0.40) + (F(0.33) if dark else F(0.65)) * F(0.60)
        blue = blue * F(0.40) + (F(0.40) if dark else F(0.70)) * F(0.60)
        light = F(0.50) + F(0.40) * facing
        gloss = F(0)
    tilt = away * away + right * right * sin_e * sin_e
    steep = max(abs(sin_e + away * cos_e), F(0.05)) * view[Z_RANGE] * view[SCALE]
    per_pixel = view[CONTOURS] * tilt / math.sqrt(tilt + F(1e-12)) / steep
    level = (z / view[Z_RANGE] + F(0.5)) * view[CONTOURS]
    off = abs(level - F(int(level + F(1000.5)) - 1000)) / max(per_pixel, F(1e-4))
    line = _clamp(F(1.1) - off, F(0), F(1)) * _clamp((F(0.30) - per_pixel) * F(6), F(0), F(1))
    light *= F(1) - F(0.24) * line
    add = F(0.10) * gloss + F(0.05) * edge * open_
    return F(red * light + add), F(green * light + add), F(blue * light + add)


@njit(cache=True)
def _span(x, view):
    """Where the line at x enters and leaves the ground; (0, 0) where it misses."""
    hx, hy = view[HALF_X], view[HALF_Y]
    px, py, dx, dy = x * view[COS_A], x * view[SIN_A], -view[SIN_A], view[COS_A]
    t0, t1 = F(-4), F(4)
    if abs(dx) > F(1e-6):
        a, b = (-hx - px) / dx, (hx - px) / dx
        t0, t1 = max(t0, min(a, b)), min(t1, max(a, b))
    elif abs(px) > hx:
        return F(0), F(0)
    if abs(dy) > F(1e-6):
        a, b = (-hy - py) / dy, (hy - py) / dy
        t0, t1 = max(t0, min(a, b)), min(t1, max(a, b))
    elif abs(py) > hy:
        return F(0), F(0)
    if view[DISC] > 0.5:
        qa = dx * dx / (hx * hx) + dy * dy / (hy * hy)
        qb = px * dx / (hx * hx) + py * dy / (hy * hy)
        q = qb * qb - qa * (px * px / (hx * hx) + py * py / (hy * hy) - F(1))
        if q <= 0:
            return F(0), F(0)
        root = F(math.sqrt(q))
        t0, t1 = max(t0, (-qb - root) / qa), min(t1, (-qb + root) / qa)
    return F(t0), F(t1)


@njit(cache=True)
def _flush(acc, side, row, view, colours, paint, depth, share):
    """Shade the gathered piece of a pixel: acc = sums of z, slopes, openness, t, and their weight."""
    weight = acc[5]
    z = acc[0] / weight
    red, green, blue = _shade(z, acc[1] / weight, acc[2] / weight, acc[3] / weight, side, view, colours)
    w = weight * share
    paint[row, 0] += red * w
    paint[row, 1] += green * w
    paint[row, 2] += blue * w
    paint[row, 3] += w
    if weight > F(0.25):
        depth[row] = min(depth[row], view[SCALE] * (acc[4] / weight * view[COS_E] - z * view[SIN_E]))
    acc[:] = F(0)


@njit(cache=True)
def _march(x, field, view, colours, paint, depth, share):
    """One column of the surface, along one line over the ground; weights sum to `share`."""
    rows, columns, height = field.shape[0], field.shape[1], depth.shape[0]
    t0, t1 = _span(x, view)
    if t1 <= t0:
        return
    px, py, dx, dy = x * view[COS_A], x * view[SIN_A], -view[SIN_A], view[COS_A]
    n = int((t1 - t0) / view[STEP]) + 1
    step = (t1 - t0) / F(n)
    to_j, to_i = F(0.5) * F(columns - 1) / view[HALF_X], F(0.5) * F(rows - 1) / view[HALF_Y]
    high, low, q_before, t_before = F(0), F(0), F(0), F(0)
    begun, joined = False, False
    before, here, acc = np.zeros(4, F), np.zeros(4, F), np.zeros(6, F)
    side, row_now = F(1), -1
    for k in range(n + 2):
        t = t0 + step * F(k)
        solid = False
        if k <= n:
            j = _clamp((px + t * dx + view[HALF_X]) * to_j, F(0), F(columns - 1))
            i = _clamp((py + t * dy + view[HALF_Y]) * to_i, F(0), F(rows - 1))
            j0, i0 = min(int(j), columns - 2), min(int(i), rows - 2)
            fj, fi = j - F(j0), i - F(i0)
            for c in range(4):
                near = field[i0, j0, c] + (field[i0, j0 + 1, c] - field[i0, j0, c]) * fj
                far = field[i0 + 1, j0, c] + (field[i0 + 1, j0 + 1, c] - field[i0 + 1, j0, c]) * fj
                here[c] = near + (far - near) * fi
            solid = not math.isnan(here[0])
        q = F(view[CENTRE_Y] - view[SCALE] * (t * view[SIN_E] + here[0] * view[COS_E])) if solid else F(0)
        top, bottom, now = F(0), F(0), F(0)
        if solid and joined:
            if q < high:
                top, bottom, now, high = q, high, F(1), q
            elif q > low:
                top, bottom, now, low = low, q, F(-1), q
        elif solid:
            high = min(high, q) if begun else q
            low = max(low, q) if begun else q
            begun = True
        top, bottom = max(top, F(0)), min(bottom, F(height))
        seen = now != 0 and bottom > top
        row = -1
        last, towards = -1, 1
        if seen:
            row = int(bottom) if now > 0 else int(top)
            last, towards = (int(top), -1) if now > 0 else (int(bottom), 1)
        while True:
            if acc[5] > 0 and (row != row_now or now != side):
                _flush(acc, side, row_now, view, colours, paint, depth, share)
            if not seen:
                break
            a, b = max(top, F(row)), min(bottom, F(row + 1))
            if b > a and row < height:
                u, w = _clamp((F(0.5) * (a + b) - q_before) / (q - q_before), F(0), F(1)), b - a
                for c in range(4):
                    acc[c] += (before[c] + (here[c] - before[c]) * u) * w
                acc[4] += (t_before + (t - t_before) * u) * w
                acc[5] += w
                row_now, side = row, now
            if row == last:
                break
            row += towards
        before[:] = here
        q_before, t_before, joined = q, t, solid


@njit(cache=True)
def _splat(p, px, view, paint, depth, owner):
    """A sphere, tube or line upon one column: solid before the surface, faint behind it."""
    height = depth.shape[0]
    x0, y0, r0, x1, y1, r1 = p[0], p[1], p[3], p[4], p[5], p[7]
    reach = max(r0, r1) + F(1)
    if px < min(x0, x1) - reach or px > max(x0, x1) + reach:
        return
    kind, dark = int(p[10]), view[DARK] > 0.5
    body = (F(0.97), F(0.98), F(1.0)) if dark else (F(0.10), F(0.12), F(0.17))
    vx, vy = x1 - x0, y1 - y0
    length2 = max(vx * vx + vy * vy, F(1e-6))
    first, last = max(int(min(y0, y1) - reach), 0), min(int(max(y0, y1) + reach), height - 1)
    for row in range(first, last + 1):
        dx, dy = px - x0, F(row) + F(0.5) - y0
        u = (dx * vx + dy * vy) / length2
        u = _clamp(u, F(0), F(1))
        ex, ey = dx - u * vx, dy - u * vy
        d2 = ex * ex + ey * ey
        r = r0 + u * (r1 - r0)
        if d2 > (r + F(0.5)) * (r + F(0.5)):
            continue
        alpha = _clamp(r + F(0.5) - F(math.sqrt(d2)), F(0), F(1)) * (p[8] + u * (p[9] - p[8]))
        if kind != SPHERE:
            alpha *= min(F(1), F(2) * r)
        scale, add, nearer = F(1), F(0), F(0)
        if kind == SPHERE:
            z = F(math.sqrt(max(F(1) - d2 / (r * r), F(0))))
            nearer = r * z
            lit = max((F(-0.48) * ex - F(0.58) * ey) / r + F(0.66) * z, F(0))
            gloss = max((F(-0.29) * ex - F(0.35) * ey) / r + F(0.89) * z, F(0)) ** 16
            rim = _clamp((F(0.62) - z) * F(3), F(0), F(1))
            if dark:
                scale = (F(0.42) + F(0.60) * lit) * (F(1) - F(0.85) * rim)
                add = F(0.25) * gloss
            else:
                scale = (F(0.70) + F(0.60) * lit) * (F(1) - rim)
                add = F(0.93) * rim + F(0.65) * gloss
        if p[2] + u * (p[6] - p[2]) - nearer > depth[row]:
            alpha *= F(0.28)
        if kind == TUBE:
            had = owner[row] - p[11]
            if had < 0 or had >= 1:
                had = F(0)
            if alpha <= had:
                continue
            owner[row] = p[11] + min(alpha, F(0.99))
            alpha = (alpha - had) / (F(1) - had)
        for c in range(3):
            paint[row, c] = (body[c] * scale + add) * alpha + paint[row, c] * (F(1) - alpha)
        paint[row, 3] = alpha + paint[row, 3] * (F(1) - alpha)


@njit(parallel=True, cache=True)
def _draw(field, view, colours, prims, paint, depth, owner, out, samples):
    height, width = out.shape
    for tile in prange(-(-width // TILE)):
        left, right = tile * TILE, min((tile + 1) * TILE, width)
        for px in range(left, right):
            paint[px] = F(0)
            depth[px] = F(1e30)
            owner[px] = F(-1)
            for s in range(samples if field.shape[0] > 1 and field.shape[1] > 1 else 0):
                x = (F(px) + (F(s) + F(0.5)) / F(samples) - view[CENTRE_X]) / view[SCALE]
                _march(x, field, view, colours, paint[px], depth[px], F(1) / F(samples))
        for n in range(prims.shape[0]):
            p = prims[n]
            reach = max(p[3], p[7]) + F(1)
            if F(left) > max(p[0], p[4]) + reach or F(right) < min(p[0], p[4]) - reach:
                continue
            for px in range(left, right):
                _splat(p, F(px) + F(0.5), view, paint[px], depth[px], owner[px])
        for row in range(height):
            for px in range(left, right):
                weight = paint[px, row, 3]
                packed = np.uint32(0)
                if weight > F(0.002):
                    for c in range(3):
                        level = np.uint32(_clamp(paint[px, row, c] / weight, F(0), F(1)) * F(255) + F(0.5))
                        packed |= level << np.uint32(8 * c)
                    packed |= np.uint32(min(weight, F(1)) * F(255) + F(0.5)) << np.uint32(24)
                out[row, px] = packed


def fill(
    size: int,
    heights: NDArray[Any],
    view: NDArray[Any],
    filled: NDArray[Any],
    rows: int,
    columns: int,
    **_: int | float | str,
) -> None:
    """z in scene units, continued by one ring of nodes where a disc ends."""
    _fill(heights, view, filled)


def slopes(
    size: int, z: NDArray[Any], view: NDArray[Any], field: NDArray[Any], rows: int, columns: int, **_: int | float | str
) -> None:
    """(z, dz/dx, dz/dy, openness) at every node."""
    _slopes(z, view, field)


def draw(size: int, *args: Any, SAMPLES: int = 2, **_: int | float | str) -> None:
    """The picture; args as the kernel's."""
    field, view, colours, prims, paint, depth, owner, out, _rows, _columns, _width, _height, count = args
    _draw(field, view, colours, prims[: int(count)], paint, depth, owner, out, SAMPLES)
