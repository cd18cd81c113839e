"""The covariance f: normalisation, raw forms, roughness, derivatives, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.theory.mixture import Mixture

WEIGHTS = st.floats(-5, 5).filter(lambda a: a == 0 or abs(a) > 1e-3)


@given(WEIGHTS, WEIGHTS, WEIGHTS, st.floats(0.1, 10))
def test_normalised_and_differentiable(a2, a3, a4, Delta):
    if a2 == a3 == a4 == 0:
        return
    mixture = Mixture(a2, a3, a4, roughness=Delta)
    assert mixture.f(1.0) == pytest.approx(Delta**2 / 2)
    q, d = np.linspace(-0.9, 0.9, 7), 1e-5
    assert (mixture.f(q + d) - mixture.f(q - d)) / (2 * d) == pytest.approx(mixture.df(q), rel=1e-6, abs=1e-6)
    assert (mixture.df(q + d) - mixture.df(q - d)) / (2 * d) == pytest.approx(mixture.d2f(q), rel=1e-6, abs=1e-6)


def test_pure():
    for p in (2, 3, 4, 7):
        mixture = Mixture.pure(p)
        assert mixture.is_pure and mixture.p == p and mixture.powers == {p: 0.5}
        assert (mixture.f(1.0), mixture.df(1.0), mixture.d2f(1.0)) == (0.5, p / 2, p * (p - 1) / 2)
    assert Mixture(a4=2.0) == Mixture.pure(4)
    assert hash(Mixture(a3=5.0)) == hash(Mixture.pure(3))


def test_raw_form():
    mixture = Mixture.from_powers({3: 0.5, 4: 0.5})
    q = np.linspace(0, 1, 5)
    assert mixture.f(q) == pytest.approx((q**3 + q**4) / 2)
    assert mixture.df(q) == pytest.approx((3 * q**2 + 4 * q**3) / 2)
    assert mixture.d2f(q) == pytest.approx(3 * q + 6 * q**2)
    assert mixture.roughness == pytest.approx(math.sqrt(2))
    assert Mixture.from_powers({6: 2.0}).f(0.5) == pytest.approx(2 / 64)


def test_scaled_multiplies_the_hamiltonian():
    mixture = Mixture(1, 2, 3)
    assert mixture.scaled(3).f(0.7) == pytest.approx(9 * mixture.f(0.7))
    assert mixture.scaled(2).scaled(0.5).roughness == 1
    assert mixture.scaled(0).f(0.7) == 0 and not mixture.is_pure


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Mixture(), r"\(a2, a3, a4\) = \(0.0, 0.0, 0.0\) is not allowed"),
        (lambda: Mixture(1.0, math.nan, 0.0), r"\(a2, a3, a4\) = \(1.0, nan, 0.0\)"),
        (lambda: Mixture(1.0, math.inf, 0.0), r"\(a2, a3, a4\) = \(1.0, inf, 0.0\)"),
        (lambda: Mixture(1.0, roughness=-1.0), "roughness = -1.0 is not allowed: must be finite and at least 0"),
        (lambda: Mixture.pure(1), "p = 1 is not allowed: must be a whole number, at least 2"),
        (lambda: Mixture.from_powers({3: -1.0}), r"coefficient of q\^3 = -1.0"),
        (lambda: Mixture.from_powers({}), r"\(a2, a3, a4\)"),
        (lambda: Mixture(1, 1, 0).p, "a single p only"),
        (lambda: Mixture(a3=1).scaled(-1.0), "factor = -1.0"),
    ],
)
def test_bad_input_is_named(call, text):
    with pytest.raises(ValueError, match=text):
        call()
