"""Deep linear learning, double descent and the singular values of random weights."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from simulator.theory import deep_linear, double_descent
from simulator.theory.marchenko_pastur import SingularValues


def test_saxe_mode():
    a = deep_linear.mode([0.5, 1.0, 1.5], 3.0, 0.01)
    assert pytest.approx([0.188842, 1.723002, 2.893241], abs=5e-7) == a
    half = deep_linear.half_time(3.0, 0.01)
    assert half == pytest.approx(0.950074, abs=5e-7) and deep_linear.mode(half, 3.0, 0.01) == pytest.approx(1.5)
    assert deep_linear.mode([1.0, 2.0], 3.0, 0.01, 2.0) == pytest.approx(deep_linear.mode([0.5, 1.0], 3.0, 0.01))
    assert deep_linear.half_time(3.0, 0.01, 2.0) == pytest.approx(2 * half)


def test_modes_at_their_limits():
    t = np.array([0.0, 1e-3, 10.0, 1e6])
    assert deep_linear.mode(t, 2.0, 0.1)[[0, 3]] == pytest.approx([0.1, 2.0], rel=1e-14)
    assert deep_linear.mode(t, 0.0, 0.1) == pytest.approx(0.1 / (1 + 0.2 * t), rel=1e-14)
    assert deep_linear.mode(t, 1e-12, 0.1) == pytest.approx(0.1 / (1 + 0.2 * t), rel=1e-4)
    assert np.isnan(deep_linear.half_time([0.0, 1.0], [0.1, 1.0])).all() and deep_linear.half_time(1.0, 0.6) < 0


def flow(weights, Sigma, t, steps):
    """W_L ... W_1 after gradient flow on white inputs: Heun's rule, all weights at once."""

    def speed(weights):
        ahead = [np.eye(weights[0].shape[1])]
        for W in weights:
            ahead.append(W @ ahead[-1])
        back, found = Sigma - ahead[-1], []
        for W, before in zip(reversed(weights), reversed(ahead[:-1]), strict=True):
            found.append(back @ before.T)
            back = W.T @ back
        return found[::-1]

    for _ in range(steps):
        k1 = speed(weights)
        k2 = speed([W + t / steps * k for W, k in zip(weights, k1, strict=True)])
        weights = [W + t / steps / 2 * (a + b) for W, a, b in zip(weights, k1, k2, strict=True)]
    return weights


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_modes_of_a_deep_linear_network(layers):
    """Balanced, aligned weights of a teacher: each singular value follows its own equation, the vectors stay."""
    random, sizes, t = np.random.default_rng(5), (7, *[6] * (layers - 1), 4), 0.8
    U, V = np.linalg.qr(random.standard_normal((4, 4)))[0], np.linalg.qr(random.standard_normal((7, 4)))[0]
    s, a_0 = np.array([3.0, 2.0, 1.2, 0.5]), np.array([0.3, 0.2, 0.3, 0.1])
    bases = [V, *(np.linalg.qr(random.standard_normal((n, 4)))[0] for n in sizes[1:-1]), U]
    weights = [b * a_0 ** (1 / layers) @ a.T for a, b in pairwise(bases)]
    product = np.linalg.multi_dot([*flow(weights, U * s @ V.T, t, 400)[::-1], np.eye(7)])
    learnt = U.T @ product @ V
    assert learnt == pytest.approx(np.diag(np.diag(learnt)), abs=1e-12)
    exact = deep_linear.deep_mode([0.0, t], s, a_0, layers)
    assert exact[:, 0] == pytest.approx(a_0, rel=1e-9) and np.diag(learnt) == pytest.approx(exact[:, 1], rel=1e-4)


def test_two_layers_of_the_deep_equation_agree():
    """Its integrator against the closed form: three layers with tau, and two by continuity of their equation."""
    t = np.linspace(0, 3, 20)
    slow, fast = deep_linear.deep_mode(t, [3.0, 1.0], 0.01, 3, 2.0), deep_linear.deep_mode(t / 2, [3.0, 1.0], 0.01, 3)
    assert slow == pytest.approx(fast, rel=1e-8)
    a, s, a_0 = slow[0], 3.0, 0.01
    F = lambda a: -np.log(s - a) / s ** (4 / 3) + quad(lambda x: (x ** (-4 / 3) - s ** (-4 / 3)) / (s - x), a_0, a)[0]  # noqa: E731
    assert [F(one) - F(a_0) for one in a[:12]] == pytest.approx(3 * t[:12] / 2, abs=1e-6)


def test_modes_of_data():
    random = np.random.default_rng(6)
    x, W = random.standard_normal((4000, 5)), random.standard_normal((3, 5))
    U, s, V = deep_linear.modes(x, x @ W.T)
    assert pytest.approx(W @ x.T @ x / 4000) == U * s @ V.T and np.all(np.diff(s) < 0)
    assert s == pytest.approx(np.linalg.svd(W, compute_uv=False), rel=0.1)


def test_double_descent():
    p = np.array([50, 80, 125, 200, 400])
    assert double_descent.risk(p, 100) == pytest.approx([0.2551, 1.0526, 1.2417, 0.7525, 0.8336], abs=5e-5)
    assert (
        np.isinf(double_descent.risk([99, 100, 101], 100)).all()
        and np.isfinite(double_descent.risk([98, 102], 100)).all()
    )


@pytest.mark.parametrize("p", [50, 80, 125, 200, 400])
def test_double_descent_of_simulated_least_squares(p):
    random, n, draws = np.random.default_rng(p), 100, 600
    X, beta = random.standard_normal((draws, n, p)), np.zeros(p)
    beta[0] = 1
    y = X @ beta + 0.5 * random.standard_normal((draws, n))
    rows = X if p > n else X.mT  # its Gram matrix is the smaller one
    inside = np.linalg.inv(rows @ rows.mT)
    weights = (rows.mT @ (inside @ y[..., None]) if p > n else inside @ (rows @ y[..., None]))[..., 0]
    risks = np.sum((weights - beta) ** 2, axis=1)
    assert risks.mean() == pytest.approx(float(double_descent.risk(p, n)), rel=0.05)


@pytest.mark.parametrize(("m", "n"), [(60, 60), (30, 120), (120, 30), (10, 784), (59, 60)])
@pytest.mark.parametrize("sigma_w", [1.0, 1.5])
def test_marchenko_pastur_agrees_with_itself(m, n, sigma_w):
    law = SingularValues(m, n, sigma_w)
    low, high = law.edges
    s = np.linspace(low, high, 9)
    below = [quad(law.density, low, x, limit=400)[0] for x in s]
    assert below == pytest.approx(law.distribution(s), abs=1e-5) and below[-1] == pytest.approx(1, abs=1e-5)
    fractions = np.array([0.0, 1e-6, 0.1, 0.5, 0.9, 1.0])
    assert law.distribution(law.quantile(fractions)) == pytest.approx(fractions, abs=1e-9)
    assert law.quantile([0.0, 1.0]) == pytest.approx([low, high]) and law.density([low - 0.1, high + 0.1]).sum() == 0
    second = quad(lambda x: x * x * law.density(x), low, high, limit=400)[0]
    assert second * min(m, n) == pytest.approx(m * sigma_w**2, rel=1e-4)  # |W|^2 has the mean m n sigma_w^2/n


@pytest.mark.parametrize(("m", "n"), [(200, 200), (100, 300), (300, 100)])
def test_singular_values_of_drawn_matrices(m, n):
    random, law = np.random.default_rng(7), SingularValues(m, n, 1.4)
    drawn = np.linalg.svd(random.standard_normal((20, m, n)) * 1.4 / np.sqrt(n), compute_uv=False)
    # the quantile is off by O(N^(-2/3)) at an edge, where the values of finite matrices are Tracy & Widom's
    assert drawn.mean(0) == pytest.approx(law.expected(), abs=0.01 * law.edges[1])
    assert np.abs(np.sort(law.distribution(drawn.ravel())) - np.linspace(0, 1, drawn.size)).max() < 0.01


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: deep_linear.mode(1.0, -1.0, 0.1), "s"),
        (lambda: deep_linear.mode(1.0, 1.0, 0.0), "a_0"),
        (lambda: deep_linear.half_time(1.0, 0.1, 0.0), "tau"),
        (lambda: deep_linear.deep_mode([1.0, 0.5], 1.0, 0.1, 3), "t"),
        (lambda: deep_linear.deep_mode([1.0], 1.0, 0.1, 0), "layers"),
        (lambda: double_descent.risk(5, 0), "n"),
        (lambda: double_descent.risk(5, 10, -1.0), "r2"),
        (lambda: double_descent.risk(5, 10, 1.0, -1.0), "noise"),
        (lambda: SingularValues(0, 3), "m"),
        (lambda: SingularValues(3, 0), "n"),
        (lambda: SingularValues(3, 3, -1.0), "sigma_w"),
        (lambda: SingularValues(3, 3).quantile([0.5, 1.5]), "fraction"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} = .* is not allowed: "):
        call()
