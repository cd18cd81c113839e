"""The elementary functions of vector.cl that numba has no vector form of, on whole arrays."""

import numpy as np
from numba import njit

_HALF, _1, _2 = np.float32(0.5), np.float32(1.0), np.float32(2.0)


@njit(cache=True, fastmath={"contract"}, error_model="numpy", inline="always")
def _cosine(r2):
    """cos(2 pi r), r^2 = r2, |r| <= 1/4."""
    c = np.float32(60.148204967) + r2 * np.float32(-25.0067967398)
    c = np.float32(64.9393535962) + r2 * (np.float32(-85.4538307121) + r2 * c)
    return _1 + r2 * (np.float32(-19.7392086244) + r2 * c)


@njit(cache=True, fastmath={"contract"}, error_model="numpy", inline="always")
def _slope(r, r2):
    """-2 pi sin(2 pi r), |r| <= 1/4."""
    s = np.float32(480.183719042) + r2 * np.float32(-241.944260383)
    s = np.float32(259.756945771) + r2 * (np.float32(-512.684475909) + r2 * s)
    return r * (np.float32(-39.4784176044) + r2 * s)


@njit(cache=True, fastmath={"contract"}, error_model="numpy")
def cos_slope_turns(phases, cosines):
    """cosines = cos(2 pi p) and phases = -2 pi sin(2 pi p), in place, one-dimensional."""
    for f in range(phases.size):
        p = phases[f]
        half = np.rint(p + p)
        r = p - _HALF * half
        sign = _1 - _2 * (half - _2 * np.floor(_HALF * half))
        cosines[f] = sign * _cosine(r * r)
        phases[f] = sign * _slope(r, r * r)
