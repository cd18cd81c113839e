"""Where descents of N spins end and how far apart: the reference's figures, what they leave open."""

import math

import pytest

from simulator.theory import finite_size
from simulator.theory.mixture import Mixture

P3 = Mixture.pure(3)


@pytest.mark.parametrize(("N", "E", "error"), [(32, -1.0453, 0.0024), (64, -1.0820, 0.0022), (128, -1.1099, 0.0022)])
def test_ends_of_the_reference(N, E, error):
    """Section A, finite size: 600, 300 and 120 descents, at t = 300."""
    assert abs(finite_size.end_energy(P3, N) - E) < math.hypot(error, finite_size.end_error(P3, N))


def test_the_spread_of_the_ends():
    """0.60 N^(-2/3) for p = 3; p = 2 ends at a random matrix's edge; another mixture has no law."""
    assert finite_size.end_spread(P3, 64) == pytest.approx(0.60 / 16)
    assert finite_size.end_spread(Mixture.pure(2), 100) == finite_size.valley_fluctuation(Mixture.pure(2), 100)
    assert finite_size.end_spread(P3, 8 * 64) == pytest.approx(finite_size.end_spread(P3, 64) / 4)
    assert all(math.isnan(finite_size.end_spread(other, 64)) for other in (Mixture(1, 1, 0), Mixture.pure(4)))
    assert finite_size.end_spread(P3.scaled(2.0), 64) == 2 * finite_size.end_spread(P3, 64)
    with pytest.raises(ValueError, match="N = 0"):
        finite_size.end_spread(P3, 0)


@pytest.mark.parametrize("weights", [(0, 1, 0), (1, 1, 0)])
@pytest.mark.parametrize("Q", [0.93, 0.999])
def test_native_energies_scatter_less_than_one_state_and_more_than_independent_ones(weights, Q):
    mixture = Mixture(*weights)
    low, high = math.sqrt(mixture.f(Q * Q) / 50), finite_size.sample_fluctuation(mixture, 50)
    assert low < finite_size.native_fluctuation(mixture, Q, 50) < high
    assert finite_size.native_fluctuation(mixture, 1.0, 50) == pytest.approx(high)


def test_native_energies_of_three_spins_by_hand():
    """q = Q^2 + (1 - Q^2) t q^2 has a closed root; Simpson's rule over t."""
    square = 5 / 6  # p = 3, g = Q^2, lambda = 1.5

    def f(t):
        a = (1 - square) * t
        q = square if t == 0 else (1 - math.sqrt(1 - 4 * a * square)) / (2 * a)
        return 0.5 * q**3

    points = [f(k / 64) for k in range(65)]
    simpson = (points[0] + points[-1] + 4 * sum(points[1:-1:2]) + 2 * sum(points[2:-1:2])) / 192
    assert finite_size.native_fluctuation(P3, math.sqrt(square), 64) == pytest.approx(math.sqrt(simpson / 64), rel=1e-6)
    with pytest.raises(ValueError, match="Q = 0"):
        finite_size.native_fluctuation(P3, 0.0, 64)


def test_more_is_left_open_where_nothing_was_fitted():
    assert finite_size.end_error(P3, 64) == 0.003
    assert finite_size.end_error(P3, 256) == pytest.approx(0.009)
    assert finite_size.end_error(P3, 16) == pytest.approx(0.3 / 16) and finite_size.end_error(P3, 4) == pytest.approx(
        0.075
    )
    assert finite_size.end_error(P3.scaled(2.0), 64) == 0.006
    assert finite_size.end_error(Mixture.pure(2), 64) == pytest.approx(0.009)
