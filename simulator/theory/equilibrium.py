"""The glass in equilibrium above T_d: energy, correlation in time, and quiet planting."""

import numpy as np

from simulator.theory.asymptotics import dynamic_transition
from simulator.theory.checks import integer_at_least, positive, refuse
from simulator.theory.mixture import Array, Mixture


def paramagnet_energy(mixture: Mixture, T: float) -> float:
    """E = -f(1)/T per spin: -Delta^2/(2T), in equilibrium for T > T_s. ValueError unless T > 0."""
    return -mixture.f(1.0) / positive("T", T)


def paramagnet_free_energy(mixture: Mixture, T: float) -> float:
    """F = -f(1)/(2T) per spin, measured from the entropy of the uniform sphere. ValueError unless T > 0."""
    return -mixture.f(1.0) / (2 * positive("T", T))


def quiet_planting(mixture: Mixture, T: float) -> tuple[float, float]:
    """(lambda, E): the field f(1)/T that makes s = xi an equilibrium state of the glass, and its energy -f(1)/T.

    Add -N f(Q)/T, i.e. lambda = f(1)/T with b_p = a_p^2, and start at s = xi: E keeps this mean at all t and every N.
    Pure p, Delta = 1: lambda = 1/(2T), E = -1/(2T) (Krzakala & Zdeborova 2009). ValueError unless T > 0.
    """
    return mixture.f(1.0) / positive("T", T), paramagnet_energy(mixture, T)


def correlation(mixture: Mixture, T: float, t_end: float, n: int = 200) -> tuple[Array, Array]:
    """t and C(t), shape (n+1,): dC/dt = -T C - (1/T) int_0^t f'(C(t-s)) dC/ds ds (Crisanti, Horner & Sommers 1993).

    Three grids, n, 2n and 4n steps, are extrapolated. ValueError for T < T_d, t_end <= 0 or n < 2.
    """
    T_d, _ = dynamic_transition(mixture)
    if positive("T", T) < T_d:
        raise refuse("T", T, f"equilibrium dynamics needs at least T_d = {T_d:.6g}")
    n = integer_at_least("n", n, 2)
    h = positive("t_end", t_end) / n
    one, two, four = (_correlation(mixture, T, h / k, n * k)[::k] for k in (1, 2, 4))
    square, cube = (4 * two - one) / 3, (4 * four - two) / 3
    return h * np.arange(n + 1, dtype=np.float64), (8 * cube - square) / 7


def _correlation(mixture: Mixture, T: float, h: float, n: int) -> Array:
    """Implicit trapezoid, the kernel of the memory integral averaged over each step of C: error O(h^2)."""
    C, rise = np.ones(n + 1), np.empty(n)
    kernel = np.full(n + 1, mixture.df(1.0))
    memory = 0.0
    for m in range(n):
        C[m + 1] = C[m]
        for _ in range(3):  # fixed point: the new value enters the oldest kernel, with the small weight h
            kernel[m + 1] = mixture.df(C[m + 1])
            ages = kernel[m + 1 :: -1]
            mean = (ages[:-1] + ages[1:]) / 2  # of f'(C(t_m+1 - s)) over the steps of s
            now = float(mean[:m] @ rise[:m])
            drag = h / 2 * (T + mean[m] / T)
            C[m + 1] = (C[m] * (1 - h * T + drag) - h / (2 * T) * (memory + now)) / (1 + drag)
        rise[m] = C[m + 1] - C[m]
        memory = now + mean[m] * rise[m]
    return C
