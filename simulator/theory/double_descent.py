"""Double descent, exactly at finite size: the risk of least squares of minimum norm as parameters are added.

n samples y = beta.x + noise of variance sigma^2, x isotropic Gaussian in p dimensions, |beta|^2 = r2; risk is
E (f(x) - beta.x)^2 for a new x. From the mean of inverse Wishart matrices (Hastie, Montanari, Rosset & Tibshirani 2022,
1903.08560, and Belkin, Hsu & Xu 2020, 1903.07571).
"""

import numpy as np
from numpy.typing import ArrayLike

from simulator.theory.checks import at_least, integer_at_least
from simulator.theory.mixture import Array


def risk(p: ArrayLike, n: int, r2: float = 1.0, noise: float = 0.25) -> Array:
    """sigma^2 p/(n-p-1) for p < n-1; r2 (1 - n/p) + sigma^2 n/(p-n-1) for p > n+1; inf between. noise: sigma^2.

    Shape of p. ValueError for n < 1, or a negative r2 or noise.
    """
    p, n = np.asarray(p, dtype=float), integer_at_least("n", n, 1)
    r2, noise = at_least("r2", r2, 0), at_least("noise", noise, 0)
    under, over = p < n - 1, p > n + 1
    below = noise * p / np.where(under, n - p - 1, 1)
    above = r2 * (1 - n / np.where(over, p, 1)) + noise * n / np.where(over, p - n - 1, 1)
    return np.asarray(np.where(under, below, np.where(over, above, np.inf)))
