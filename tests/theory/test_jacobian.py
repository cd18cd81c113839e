"""Circles carried through layers, and singular values of Jacobians, against the reference and against matrices."""

import numpy as np
import pytest

from simulator.theory.fixed_points import critical_line, fixed_point
from simulator.theory.jacobian import density, jacobian, largest, linear_gaussian_density, linear_gaussian_edge
from simulator.theory.manifold import circle
from simulator.theory.mean_field import iterate, make_network

NEAR = make_network("tanh", critical_line("tanh", 0.02)[0], 0.02)
LINEAR, RELU = make_network("linear", 1.0, 0.0), make_network("relu", np.sqrt(2), 0.0)


def test_circle_at_the_fixed_point():
    network = make_network("tanh", 2.5, 0.3)
    path, point = circle(network, 6), fixed_point(network)
    assert point.chi_2 == pytest.approx(1.196041, abs=5.01e-7)
    expected = [0.2452, 1.5825, 2.4261, 2.9583, 3.2941, 3.5058, 3.6394]
    assert path.curvature == pytest.approx(expected, abs=5.01e-5)
    layers = np.arange(7)
    assert path.metric == pytest.approx(point.q * point.chi_1**layers)
    assert path.growth == pytest.approx(point.chi_1 ** (layers / 2))
    assert (path.length[0], path.turning[0]) == pytest.approx((2 * np.pi * np.sqrt(point.q), 2 * np.pi))
    late = circle(network, 60)
    assert late.curvature[-1] == pytest.approx(3 * point.chi_2 / point.chi_1 / (point.chi_1 - 1))
    assert late.turning[-1] / late.turning[-2] == pytest.approx(np.sqrt(point.chi_1))


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_circle_off_the_fixed_point(name):
    """Against the derivatives of the covariance K(t) itself, carried through the layers."""
    network, q_0, d = make_network(name, 1.7, 0.4), 0.3, 0.02
    path = circle(network, 5, q_0)
    t = d * np.arange(-4, 5)
    trip = iterate(network, 5, q_0, np.cos(t))
    K = trip.q * trip.c
    second = K @ np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560]) / d**2
    fourth = K @ np.array([7 / 240, -2 / 5, 169 / 60, -122 / 15, 91 / 8, -122 / 15, 169 / 60, -2 / 5, 7 / 240]) / d**4
    assert path.q == pytest.approx(trip.q[:, 4])
    assert path.metric == pytest.approx(-second, rel=1e-7)
    assert path.curvature == pytest.approx(fourth / second**2, rel=1e-4)


def test_circles_of_linear_and_relu():
    path = circle(make_network("linear", [0.5, 1.0, 2.0], 0.3), 4, 1.0)
    assert path.turning == pytest.approx(np.full((5, 3), 2 * np.pi))  # an ellipse that stays a circle
    assert path.growth[-1] == pytest.approx([1 / 16, 1, 16])
    path = circle(RELU, 3, 1.0)
    assert path.growth == pytest.approx(np.ones(4)) and list(path.curvature) == [1, np.inf, np.inf, np.inf]


def test_moments_at_criticality():
    assert [jacobian(LINEAR, 16, o).variance for o in (False, True)] == [16, 0]
    assert [jacobian(RELU, 16, o).variance for o in (False, True)] == pytest.approx([32, 16])
    gauss, orthogonal = jacobian(NEAR, 16), jacobian(NEAR, 16, orthogonal=True)
    assert gauss.mean == pytest.approx(1)
    assert orthogonal.variance / 16 == pytest.approx(0.02608, abs=5.01e-6)
    assert (gauss.variance, orthogonal.variance) == (
        pytest.approx(16.42, abs=5.01e-3),
        pytest.approx(0.4173, abs=5.01e-5),
    )
    chaotic = make_network("tanh", 2.5, 0.3)
    jac, chi_1 = jacobian(chaotic, 3), fixed_point(chaotic).chi_1
    assert jac.mean == pytest.approx(chi_1**3)
    assert jac.variance == pytest.approx(chi_1**6 * jac.relative_variance)
    dropped = jacobian(make_network("relu", 1.0, 0.1, 0.8), 5, orthogonal=True)
    assert dropped.mean == pytest.approx(1 / 1.6**5) and dropped.relative_variance == pytest.approx(5 * (2 / 0.8 - 1))


def test_edge_of_linear_layers():
    assert linear_gaussian_edge(4) == pytest.approx(12.207, abs=5e-4) and linear_gaussian_edge(1) == 4
    for L in (1, 2, 4, 16):
        assert largest(jacobian(make_network("linear", 1.3, 0.0), L)) == pytest.approx(
            1.3 ** (2 * L) * linear_gaussian_edge(L)
        )
    assert largest(jacobian(make_network("linear", 1.3, 0.0), 3, orthogonal=True)) == pytest.approx(1.3**6)
    assert largest(jacobian(NEAR, 1, orthogonal=True)) == pytest.approx(NEAR.sigma_w**2)


@pytest.mark.parametrize("L", [1, 2, 5, 16])
def test_density_of_linear_layers(L):
    s2, exact = linear_gaussian_density(L, 100)
    assert density(jacobian(LINEAR, L), s2) == pytest.approx(exact, abs=1e-10)
    if L == 1:
        assert exact == pytest.approx(np.sqrt(s2 * (4 - s2)) / (2 * np.pi))  # Marchenko & Pastur
    assert density(jacobian(make_network("linear", 0.7, 0.0), L), s2 * 0.7 ** (2 * L)) == pytest.approx(
        exact, abs=1e-10
    )


@pytest.mark.parametrize(
    ("network", "L", "orthogonal", "zeros"),
    [
        (NEAR, 16, True, 0),
        (NEAR, 64, True, 0),
        (NEAR, 4, False, 0),
        (RELU, 3, False, 0.5),
        (RELU, 6, True, 0.5),
        (make_network("tanh", 0.8, 0.02), 10, True, 0),
        (make_network("tanh", 2.5, 0.3), 2, True, 0),
        (make_network("erf", 1.2, 0.1), 5, True, 0),
        (make_network("erf", 1.2, 0.1, 0.9), 3, False, 0.1),
    ],
)
def test_moments_of_the_density(network, L, orthogonal, zeros):
    jac = jacobian(network, L, orthogonal)
    width = 70.0 if jac.relative_variance > 2 else 14 * np.sqrt(jac.relative_variance)
    top = np.log(largest(jac))
    u = (np.arange(300) + 0.5) / 300
    x = top - width * u**2  # finer at the edge, where the density falls as a root
    p = density(jac, np.exp(x)) * 2 * u * width / 300
    assert np.isfinite(p).all()
    assert p.sum() == pytest.approx(1 - zeros, abs=0.02)
    mean, square = p @ np.exp(x) / jac.mean, p @ np.exp(2 * x) / jac.mean**2
    assert mean == pytest.approx(1, abs=2e-3)
    assert square - mean**2 == pytest.approx(jac.relative_variance, rel=4e-3)
    assert np.all(density(jac, np.exp(top + np.array([0.01, 1.0, 5.0]))) < 1e-6)


@pytest.mark.parametrize("orthogonal", [False, True])
def test_jacobians_of_simulated_networks(orthogonal):
    """N = 240, L = 16, four networks, and their density; acceptance check 22 made light."""
    random, N, s2 = np.random.default_rng(4), 240, []
    for _ in range(4):
        h, J = random.standard_normal(N) * np.sqrt(fixed_point(NEAR).q), np.eye(N)
        for _ in range(16):
            W = random.standard_normal((N, N)) / np.sqrt(N)
            if orthogonal:
                W = np.linalg.qr(W)[0]
            W = W * NEAR.sigma_w
            J = W @ ((1 - np.tanh(h) ** 2)[:, None] * J)
            h = W @ np.tanh(h) + random.standard_normal(N) * NEAR.sigma_b
        values = np.linalg.svd(J, compute_uv=False) ** 2
        s2.append(values / values.mean())
    s2 = np.concatenate(s2)
    jac = jacobian(NEAR, 16, orthogonal)
    assert s2.var() == pytest.approx(jac.relative_variance, rel=0.15)
    x = np.linspace(-14, 4, 300)
    p = density(jac, np.exp(x)) * (x[1] - x[0])
    for cut in (-5.0, -2.0, -1.0, 0.0, 0.5):
        assert np.mean(s2 > np.exp(cut)) == pytest.approx(p[x > cut].sum(), abs=0.04)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: circle(NEAR, -1), "depth"),
        (lambda: circle(NEAR, 2, 0.0), "q_0"),
        (lambda: circle(make_network("relu", 1.5, 0.1), 2), r"q\*"),
        (lambda: circle(make_network("tanh", 0.5, 0.0), 2), r"q\*"),
        (lambda: jacobian(make_network("tanh", [1.0, 2.0], 0.0), 2), "network"),
        (lambda: jacobian(NEAR, 0), "depth"),
        (lambda: jacobian(NEAR, 2, q=-1.0), "q"),
        (lambda: jacobian(make_network("tanh", 0.0, 0.1), 2), "sigma_w"),
        (lambda: density(jacobian(NEAR, 2), [0.0]), "s2"),
        (lambda: density(jacobian(LINEAR, 2, orthogonal=True), [0.5]), "network"),
        (lambda: density(jacobian(RELU, 1, orthogonal=True), [0.5]), "network"),
        (lambda: linear_gaussian_edge(0), "depth"),
        (lambda: linear_gaussian_density(0), "depth"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
