"""Semicircles, index curves, and the Gaussian field."""

import numpy as np
import pytest
from scipy.integrate import quad

from simulator.theory import gaussian_field, spectrum
from simulator.theory.mixture import Mixture

P3 = Mixture.pure(3)


def test_tangent_hessian_of_p3():
    law = spectrum.tangent_hessian(P3, -1.0)
    assert (law.centre, law.radius, law.std) == pytest.approx((3, 3.46410, 1.73205), abs=1e-5)
    assert spectrum.tangent_hessian(P3, 0.0).finite_edges(100) == pytest.approx((-3.37, 3.37), abs=5e-3)
    assert spectrum.gd_step_limit(P3) == pytest.approx(0.28868, abs=1e-5)
    assert spectrum.gd_step_limit(P3.scaled(2)) == pytest.approx(0.14434, abs=1e-5)


@pytest.mark.parametrize("p", [2, 3, 4, 7])
@pytest.mark.parametrize("Delta", [1.0, 2.5])
def test_threshold_is_marginal(p, Delta):
    mixture = Mixture.pure(p, Delta)
    E_th = -Delta * np.sqrt(2 * (p - 1) / p)
    assert spectrum.lowest_eigenvalue(mixture, E_th) == pytest.approx(0, abs=1e-12)
    assert spectrum.lowest_eigenvalue(mixture, E_th - 0.1) == pytest.approx(0.1 * p)
    assert spectrum.tangent_hessian(mixture, 0.0).radius == pytest.approx(Delta * np.sqrt(2 * p * (p - 1)))
    assert spectrum.index_curve(mixture, [E_th, 0.0, -E_th, 2 * E_th]) == pytest.approx([0, 0.5, 1, 0])
    d = 1e-5
    slope = np.diff(spectrum.index_curve(mixture, [-d, d]))[0] / (2 * d)
    assert slope == pytest.approx(2 / (np.pi * abs(E_th)), rel=1e-6)


def test_index_slope_of_p3():
    alpha = spectrum.index_curve(P3, [-1e-6, 1e-6])
    assert (alpha[1] - alpha[0]) / 2e-6 == pytest.approx(0.55133, abs=1e-5)


@pytest.mark.parametrize(("centre", "radius"), [(0.3, 1.0), (-2.0, 3.0), (5.0, 0.2), (0.0, 2.0)])
def test_density_and_index_agree(centre, radius):
    law = spectrum.Semicircle(centre, radius)
    low, high = law.edges
    assert quad(law.density, low, high)[0] == pytest.approx(1)
    assert quad(law.density, low, min(max(0, low), high))[0] == pytest.approx(law.index, abs=1e-8)
    assert np.all(law.density([low - 1, high + 1]) == 0)


def test_mixture_has_no_energy_for_its_spectrum():
    mixture = Mixture(1, 1, 1)
    with pytest.raises(ValueError, match="a single p only"):
        spectrum.tangent_hessian(mixture, -1.0)
    law = spectrum.tangent_hessian_at(mixture, 2.0)
    assert (law.centre, law.radius) == (2.0, pytest.approx(2 * np.sqrt(mixture.d2f(1.0))))


def test_flat_landscape():
    law = spectrum.tangent_hessian_at(P3.scaled(0), 1.0)
    assert (law.radius, law.index, spectrum.tangent_hessian_at(P3.scaled(0), -1.0).index) == (0, 0, 1)
    assert spectrum.gd_step_limit(P3.scaled(0)) == np.inf


def test_wigner_matrix_edges():
    """The mean edges of 60 random symmetric matrices, N = 100."""
    random = np.random.default_rng(1)
    A = random.standard_normal((60, 100, 100))
    top = np.linalg.eigvalsh((A + A.transpose(0, 2, 1)) / np.sqrt(200))[:, -1]
    law = spectrum.Semicircle(0.0, 2.0)
    assert top.mean() == pytest.approx(law.finite_edges(100)[1], abs=4 * top.std() / np.sqrt(60))


def test_rbf_field():
    kernel = gaussian_field.rbf()
    assert gaussian_field.index_slope(kernel) == pytest.approx(0.31831, abs=1e-5)
    assert gaussian_field.index_curve(kernel, [0, -2, 2]) == pytest.approx([0.5, 0, 1])
    wide = gaussian_field.rbf(sigma=2.0, ell=3.0)
    assert gaussian_field.index_slope(wide) == pytest.approx(0.31831 / 2, abs=1e-5)
    law = gaussian_field.hessian(wide, 0.5)
    assert (law.centre, law.radius) == pytest.approx((-0.5 / 9, 4 / 9))
    assert gaussian_field.critical_hessian(wide, 0.5) == law


def test_two_scale_field():
    kernel = gaussian_field.mixed_rbf([0.5, 0.5], [0.5, 2.0])
    assert gaussian_field.index_slope(kernel) == pytest.approx(0.3056, abs=5e-5)
    naive = gaussian_field.hessian(kernel, 1.0)
    assert -2 / np.pi * naive.centre / naive.radius == pytest.approx(0.2387, abs=5e-5)
    d = 1e-5
    alpha = gaussian_field.index_curve(kernel, [-d, d])
    assert (alpha[1] - alpha[0]) / (2 * d) == pytest.approx(gaussian_field.index_slope(kernel), rel=1e-6)


def test_feature_kurtosis():
    assert gaussian_field.feature_kurtosis(200, 800) == 0.375
    random = np.random.default_rng(2)
    N, M, values = 200, 800, []
    for _ in range(20):
        k = random.standard_normal((M, N)) / np.sqrt(N)
        c = np.cos(random.uniform(0, 2 * np.pi, M))
        H = -np.sqrt(2 * N / M) * (k.T * c) @ k
        values.append(gaussian_field.free_kurtosis(np.linalg.eigvalsh(H)))
    assert np.mean(values) == pytest.approx(0.375, abs=0.06)
    x = np.linspace(-1, 1, 200001)
    weights = np.sqrt(1 - x * x)
    m = [np.sum(weights * x**k) / weights.sum() for k in (2, 4)]
    assert m[1] / m[0] ** 2 - 2 == pytest.approx(0, abs=1e-6)  # the semicircle has no free kurtosis


def test_one_matrix_scatters_as_said():
    """400 random symmetric matrices of N = 60 and radius 2: mean, width and index each within 12 % of its std."""
    rng, N, draws = np.random.default_rng(5), 60, 400
    found = []
    for _ in range(draws):
        a = rng.standard_normal((N, N)) / np.sqrt(2 * N)
        x = np.linalg.eigvalsh(a + a.T)
        found.append((x.mean(), x.std(), np.mean(x < 0)))
    expected = spectrum.Semicircle(0.0, 2.0).fluctuations(N)
    assert np.std(found, axis=0, ddof=1) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: spectrum.Semicircle(0.0, -1.0), "radius"),
        (lambda: spectrum.Semicircle(0.0, 1.0).finite_edges(1), "N"),
        (lambda: gaussian_field.rbf(ell=0.0), "ell"),
        (lambda: gaussian_field.mixed_rbf([1.0], [1.0, 2.0]), "ells"),
        (lambda: gaussian_field.feature_kurtosis(0, 10), "N"),
        (lambda: gaussian_field.free_kurtosis([1.0, 1.0]), "eigenvalues"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
