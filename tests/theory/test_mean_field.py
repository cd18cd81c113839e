"""Activations, the maps of variance and correlation, fixed points and the critical line, against the reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.theory import gaussian_means
from simulator.theory.activations import ACTIVATIONS, ERF, LINEAR, RELU, TANH
from simulator.theory.fixed_points import Phase, critical_line, depth_scale, fixed_point, trainable_depth
from simulator.theory.mean_field import first_layer, gradient_norms, iterate, make_network, residual_growth

TABLE = """
1.0 .05 .037122 1 .934059 14.6594 7.2659
2.0 .05 2.125208 .009891 1.361628 7.8985 .9027
4.0 .05 12.503480 .000852 2.376535 3.7366 .4930
1.0 .3 .276299 1 .700258 2.8066 1.3371
1.3 .3 .607047 1 .939807 16.1082 1.3377
1.5 .3 .960844 .766753 1.060981 19.9163 1.1675
2.0 .3 2.253753 .263895 1.327070 6.6483 .8508
2.5 .3 4.079124 .122104 1.585225 5.1089 .6883
1.3 .5 .875805 1 .825203 5.2049 .9454
1.5 .5 1.218208 1 .967097 29.8894 .9212
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]
LINES = {  # the reference prints .76348 at .3: q* = .7634748
    "tanh": "0.01:1.042126(.04571) .05:1.122539(.15369) .1:1.193401(.27330) .3:1.395584(.76347) .5:1.549674(1.31794) "
    "1:1.855589(3.03640)",
    "erf": ".05:.993686 .1:1.055595 .3:1.233673 .5:1.371330 1:1.648751",
}
NAMES = [phi.name for phi in ACTIVATIONS]
PARAMETERS = settings(deadline=None, max_examples=60)


def printed(text):
    """The number, within half a unit of its last digit."""
    return pytest.approx(float(text), abs=0.501 * 10.0 ** -len(text.partition(".")[2]))


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_table(row):
    point = fixed_point(make_network("tanh", float(row[0]), float(row[1])))
    for value, text in zip((point.q, point.c, point.chi_1, point.xi_c, point.xi_q), row[2:], strict=True):
        assert value == printed(text)
    alike = float(row[3]) == 1
    assert Phase(int(point.phase)) is (Phase.ORDERED if alike else Phase.CHAOTIC)
    assert point.describe().startswith("ordered: " if alike else "chaotic: ")


def test_table_by_quadrature_in_two_dimensions():
    for w, b, *_ in ROWS:
        network = make_network("tanh", float(w), float(b))
        point, s, offset = fixed_point(network), network.sigma_w**2, network.sigma_b**2
        q, c = float(point.q), float(point.c)
        assert s * gaussian_means.mean(lambda x: np.tanh(x) ** 2, q) + offset == pytest.approx(q, rel=1e-12)
        assert (s * gaussian_means.pair_mean(np.tanh, q, c) + offset) / q == pytest.approx(c, rel=1e-11)
        assert s * gaussian_means.pair_mean(TANH.dphi, q, c) == pytest.approx(point.chi_c, rel=1e-11)


@pytest.mark.parametrize("name", LINES)
def test_critical_line(name):
    for entry in LINES[name].split():
        sigma_b, _, rest = entry.partition(":")
        sigma_w, _, q = rest.rstrip(")").partition("(")
        found = critical_line(name, float(sigma_b))
        assert found[0] == printed(sigma_w)
        assert not q or found[1] == printed(q)
        point = fixed_point(make_network(name, found[0], float(sigma_b)))
        assert (point.q, point.chi_1) == pytest.approx((float(found[1]), 1), rel=1e-9)
        near = [fixed_point(make_network(name, found[0] * x, float(sigma_b))) for x in (1 - 1e-6, 1 + 1e-6)]
        assert (near[0].c, near[0].phase, near[1].phase) == (1, Phase.ORDERED, Phase.CHAOTIC)
        assert 1e-7 < 1 - near[1].c < 1e-4 and near[1].chi_c < 1


def test_critical_line_ends_and_of_relu():
    assert critical_line("tanh", [0, 1e-9])[0] == pytest.approx([1, 1], abs=1e-6)
    assert critical_line("erf", 0.0)[0] == pytest.approx(np.sqrt(np.pi) / 2)
    assert critical_line("relu", [0.0, 1.0])[0] == pytest.approx(np.sqrt([2, 2]))
    assert critical_line("linear", 0.3)[0] == 1 and np.isnan(critical_line("linear", 0.3)[1])
    assert np.all(np.diff(critical_line("tanh", np.linspace(0, 3, 50))[0]) > 0)


@pytest.mark.parametrize("phi", ACTIVATIONS, ids=NAMES)
def test_means_agree_with_quadrature(phi):
    q = np.array([1e-4, 0.02, 0.4, 1.0, 4.0, 15.0, 17.0, 90.0])
    for name, f in {
        "mean_square": lambda x: phi.phi(x) ** 2,
        "slope": lambda x: phi.dphi(x) ** 2,
        "slope_4": lambda x: phi.dphi(x) ** 4,
        "growth": lambda x: phi.dphi(x) ** 2 + phi.phi(x) * np.where(x, phi.d2phi(x), 0),
        "bend": lambda x: phi.d2phi(x) ** 2,
    }.items():
        if (phi, name) != (RELU, "bend"):
            # ReLU: the rule is exact for symmetric nodes, but for the node at the kink
            expected = [gaussian_means.mean(f, x) for x in q]
            assert getattr(phi, name)(q) == pytest.approx(expected, rel=1e-10, abs=0.1 if phi is RELU else 0), name
    assert np.isinf(RELU.bend(q)).all()
    h = 1e-5
    assert (phi.mean_square(q + h) - phi.mean_square(q - h)) / (2 * h) == pytest.approx(phi.growth(q), rel=1e-4)


@pytest.mark.parametrize("phi", [TANH, ERF, LINEAR], ids=["tanh", "erf", "linear"])
def test_pairs_agree_with_quadrature(phi):
    for q in (1e-3, 0.3, 4.0, 15.0, 40.0):
        c = np.array([-1.0, -0.7, 0.0, 0.3, 0.9, 0.99, 1.0])
        pairs, V = phi.pairs(np.full(7, q)), phi.mean_square(np.array(q))
        mean = np.array([gaussian_means.pair_mean(phi.phi, q, x) for x in c])
        assert pairs.mean(c) == pytest.approx(mean, abs=1e-11)
        assert pairs.slope(c) == pytest.approx([gaussian_means.pair_mean(phi.dphi, q, x) for x in c], abs=1e-9)
        assert pairs.gap(c)[:-1] == pytest.approx((V - mean[:-1]) / (1 - c[:-1]), abs=1e-9)
        assert pairs.gap(c)[-1] == pytest.approx(q * float(phi.slope(np.array(q))), rel=1e-6)


def test_relu_pairs_by_sampling_the_angle():
    t = np.array([0.3, 1.2, 2.9])
    theta = (np.arange(200000) + 0.5) * 2 * np.pi / 200000
    pairs, c = RELU.pairs(np.ones(3)), np.cos(t)
    mean = [2 * np.mean(np.maximum(np.cos(theta), 0) * np.maximum(np.cos(theta - x), 0)) for x in t]
    assert pairs.mean(c) == pytest.approx(mean, abs=1e-8)  # <r^2> = 2
    assert pairs.slope(c) == pytest.approx(
        [np.mean((np.cos(theta) > 0) & (np.cos(theta - x) > 0)) for x in t], abs=1e-5
    )
    assert pairs.gap(c) == pytest.approx((0.5 - pairs.mean(c)) / (1 - c))
    assert pairs.gap(np.ones(3)) == pytest.approx(0.5)


def test_closed_forms_of_erf():
    network = make_network("erf", 1.7, 0.2)
    q, c = 1.3, 0.4
    assert network.q_map(q) == pytest.approx(1.7**2 * 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q)) + 0.04)
    expected = (1.7**2 * 2 / np.pi * np.arcsin(2 * q * c / (1 + 2 * q)) + 0.04) / network.q_map(q)
    assert network.c_map(q, c) == pytest.approx(expected)
    assert network.chi_1(q) == pytest.approx(4 * 1.7**2 / np.pi / np.sqrt(1 + 4 * q))


def test_relu_at_its_critical_point():
    path = iterate(make_network("relu", np.sqrt(2), 0.0), 4000, 0.7, 0.0)
    assert path.c[1:7] == pytest.approx([0.318310, 0.493731, 0.604826, 0.680953, 0.735946, 0.777228], abs=1.01e-6)
    assert path.q == pytest.approx(np.full(4001, 0.7))
    assert (1 - path.c[-1]) * 4000**2 == pytest.approx(44.41, rel=0.01)
    slope = np.log((1 - path.c[4000]) / (1 - path.c[2000])) / np.log(2)
    assert slope == pytest.approx(-2, abs=0.02)


def test_networks_without_a_fixed_point():
    for name, sigma_w, limit in (("relu", 1.5, 2), ("linear", 1.1, 1)):
        point = fixed_point(make_network(name, sigma_w, 0.1))
        assert np.isnan(point.q) and np.isnan(point.c) and point.phase == Phase.UNBOUNDED
        assert point.describe().startswith("no fixed point: ") and point.describe().endswith(f"not below {limit}")
        assert point.chi_1 == pytest.approx(sigma_w**2 / limit)
    point = fixed_point(make_network("relu", np.sqrt(2), [0.0, 0.1]))
    assert np.isnan(point.q).all() and list(point.phase) == [Phase.CRITICAL, Phase.UNBOUNDED]
    assert "every q is a fixed point" in point.describe(0) and point.xi_c[0] == np.inf
    point = fixed_point(make_network("relu", 1.2, 0.3))
    assert (point.q, point.c, point.chi_1) == pytest.approx((0.09 / 0.28, 1, 0.72))


def test_divergence_is_no_error():
    path = iterate(make_network("relu", 3.0, 0.1), 1000, 1.0, 0.0)
    assert path.q[-1] == np.inf and np.isnan(path.c[-1]) and 0.99 < path.c[100] < 1


def test_without_biases():
    point = fixed_point(make_network("tanh", [0.0, 0.7, 1.0, 3.0], 0.0))
    assert point.q[:3] == pytest.approx([0, 0, 0]) and point.c == pytest.approx([1, 1, 1, 0])
    assert list(point.phase) == [Phase.ORDERED, Phase.ORDERED, Phase.CRITICAL, Phase.CHAOTIC]
    assert point.chi_1[:3] == pytest.approx([0, 0.49, 1])
    lone = fixed_point(make_network("tanh", 0.7, 0.0, 0.8)).c
    assert lone == pytest.approx(fixed_point(make_network("tanh", 0.7, 1e-5, 0.8)).c, abs=1e-8)


def test_dropout():
    point = fixed_point(make_network("tanh", 1.395584, 0.3, 0.9))
    assert (point.q, point.c) == pytest.approx((0.90348, 0.42669), abs=5.01e-6)
    assert point.xi_c == pytest.approx(4.0866, abs=5.01e-5) and point.phase == Phase.DROPOUT
    assert point.gradient == pytest.approx(point.chi_1 / 0.9)
    assert fixed_point(make_network("tanh", 1.395584, 0.3, 1 - 1e-10)).c == pytest.approx(1, abs=1e-4)
    path = iterate(make_network("relu", 1.0, 0.3, 0.7), 300, 1.0, 1.0)
    point = fixed_point(make_network("relu", 1.0, 0.3, 0.7))
    assert (path.q[-1], path.c[-1]) == pytest.approx((float(point.q), float(point.c)), rel=1e-9)


def test_iterated_map():
    path = iterate(make_network("tanh", 1.5, 0.3), 50, 1.0, 0.0)
    assert path.c[[5, 10, 20, 50]] == pytest.approx([0.3447, 0.5085, 0.6490, 0.7469], abs=5.01e-5)
    assert path.c[25:31].mean() == pytest.approx(0.6945, abs=5.01e-5)
    path = iterate(make_network("tanh", 2.5, 0.3), 20, *first_layer(make_network("tanh", 2.5, 0.3)))
    assert path.q[-1] == pytest.approx(4.0791, abs=5e-5) and path.c[-1] == pytest.approx(0.1202, abs=1e-3)


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_rates_of_approach(name):
    network = make_network(name, 2.0, 0.3)
    point = fixed_point(network)
    path = iterate(network, 60, point.q * (1 + 1e-4), point.c)
    late = np.abs(path.q[8:12] - point.q)
    assert late[1:] / late[:-1] == pytest.approx(np.full(3, np.exp(-1 / point.xi_q)), rel=1e-3)
    path = iterate(network, 60, point.q, point.c + 1e-4)
    gap = np.abs(path.c[8:20] - point.c)
    assert gap[1:] / gap[:-1] == pytest.approx(np.full(11, np.exp(-1 / point.xi_c)), rel=1e-3)
    path = iterate(network, 3, point.q, 1 - 1e-9)
    assert (1 - path.c)[1:] / (1 - path.c)[:-1] == pytest.approx(np.full(3, point.chi_1), rel=1e-5)


def test_gradient_norms():
    network = make_network("tanh", 2.5, 0.3)
    point = fixed_point(network)
    assert gradient_norms(network, np.full(11, point.q)) == pytest.approx(point.chi_1 ** np.arange(10, -1, -1.0))
    path = iterate(network, 5, 0.1)
    norms = gradient_norms(network, path.q)
    assert norms[:-1] / norms[1:] == pytest.approx(network.chi_1(path.q[:-1]))
    assert norms[-1] == 1 and gradient_norms(network, path.q[:1]) == pytest.approx([1])


def test_phase_diagram_is_a_grid():
    sigma_w, sigma_b = np.meshgrid(np.linspace(0.5, 4, 70), np.linspace(0, 2, 60))
    network = make_network("tanh", sigma_w, sigma_b)
    point = fixed_point(network)
    assert point.q.shape == point.phase.shape == (60, 70) and not point.q.flags.writeable
    assert network.q_map(point.q) == pytest.approx(point.q, rel=1e-13, abs=1e-14)
    assert network.c_map(point.q, point.c) == pytest.approx(point.c, abs=1e-10)
    assert np.array_equal(point.phase == Phase.CHAOTIC, sigma_w > critical_line("tanh", sigma_b)[0] * (1 + 1e-12))
    one = fixed_point(make_network("tanh", sigma_w[30, 50], sigma_b[30, 50]))
    assert (one.q, one.c, one.xi_c) == pytest.approx((point.q[30, 50], point.c[30, 50], point.xi_c[30, 50]), rel=1e-10)
    path = iterate(network, 30, 1.0, [[0.5]])
    assert path.c.shape == (31, 60, 70)
    alone = iterate(make_network("tanh", sigma_w[59, 69], sigma_b[59, 69]), 30, 1.0, 0.5)
    assert path.c[:, 59, 69] == pytest.approx(alone.c, abs=1e-12)


@PARAMETERS
@given(st.sampled_from(NAMES), st.floats(0, 5), st.floats(0, 3), st.floats(0, 30), st.floats(0, 30), st.floats(-1, 1))
def test_maps(name, sigma_w, sigma_b, q, p, c):
    network = make_network(name, sigma_w, sigma_b)
    assert (network.q_map(max(p, q)) - network.q_map(min(p, q))) >= -1e-11
    assert network.c_map(q, 1.0) == pytest.approx(1, abs=1e-9)
    grid = network.c_map(q, np.linspace(0, 1, 40))
    assert np.all(np.diff(grid) >= -1e-12) and np.all(np.diff(grid, 2) >= -1e-12)  # monotone and convex
    assert -1 <= network.c_map(q, c) <= 1


@PARAMETERS
@given(st.sampled_from(["tanh", "erf"]), st.floats(0, 6), st.floats(0, 3), st.floats(0.3, 1))
def test_fixed_points_are_fixed_and_stable(name, sigma_w, sigma_b, keep):
    network = make_network(name, sigma_w, sigma_b, keep)
    point = fixed_point(network)
    assert network.q_map(point.q) == pytest.approx(point.q, rel=1e-10, abs=1e-12)
    if point.q > 1e-6:
        assert network.c_map(point.q, point.c) == pytest.approx(point.c, abs=1e-8)
        assert point.chi_c < 1 + 2e-9
    assert (point.c == 1) == (keep == 1 and point.chi_1 <= 1 + 1e-9) or sigma_w * (1 - keep) < 1e-7


def test_scales():
    assert depth_scale([0.0, np.exp(-1), 1.0, 1.5]) == pytest.approx([0, 1, np.inf, np.nan], nan_ok=True)
    assert trainable_depth(5.1089) == pytest.approx(6 * 5.1089)
    assert residual_growth(0.5, 2.0) == 1.5


def test_simulated_networks_follow_the_iterated_map():
    """(2.5, .3), layer 20, two orthogonal inputs; width 400, 8 networks."""
    random, N, q, c = np.random.default_rng(3), 400, [], []
    for _ in range(8):
        x = random.standard_normal((N, 2))
        x = np.linalg.qr(x)[0] * np.sqrt(N)
        h = x
        for layer in range(20):
            W, b = random.standard_normal((N, N)) * 2.5 / np.sqrt(N), random.standard_normal((N, 1)) * 0.3
            h = W @ (np.tanh(h) if layer else h) + b
        gram = h.T @ h / N
        q.append((gram[0, 0] + gram[1, 1]) / 2)
        c.append(gram[0, 1] / np.sqrt(gram[0, 0] * gram[1, 1]))
    network = make_network("tanh", 2.5, 0.3)
    path = iterate(network, 19, *first_layer(network))
    assert np.mean(q) == pytest.approx(path.q[-1], abs=4 * np.std(q) / np.sqrt(8) + 0.05)
    assert np.mean(c) == pytest.approx(path.c[-1], abs=4 * np.std(c) / np.sqrt(8) + 0.01)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: make_network("swish", 1.0, 0.0), "activation"),
        (lambda: make_network("tanh", -1.0, 0.0), "sigma_w"),
        (lambda: make_network("tanh", [1.0, np.nan], 0.0), "sigma_w"),
        (lambda: make_network("tanh", 1.0, np.inf), "sigma_b"),
        (lambda: make_network("tanh", 1.0, 0.0, 0.0), "keep"),
        (lambda: make_network("tanh", 1.0, 0.0, 1.1), "keep"),
        (lambda: make_network("tanh", [1.0, 2.0], [1.0, 2.0, 3.0]), "shapes"),
        (lambda: make_network("tanh", 1.0, 0.0).q_map(-1.0), "q"),
        (lambda: make_network("tanh", 1.0, 0.0).c_map(1.0, 1.1), "c"),
        (lambda: iterate(make_network("tanh", 1.0, 0.0), -1, 1.0), "depth"),
        (lambda: iterate(make_network("tanh", 1.0, 0.0), 3, np.nan), "q"),
        (lambda: critical_line("tanh", -0.1), "sigma_b"),
        (lambda: critical_line("sin", 0.1), "activation"),
        (lambda: residual_growth(1.0, -1.0), "sigma_w"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
