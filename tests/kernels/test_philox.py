"""Philox4x32-10: published answers, the integers of a plain implementation, and the distributions made of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.backends.base import AbstractBackend

# Random123's kat_vectors for philox4x32-10: counter, key, result.
KNOWN = (
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def at_places(backend: AbstractBackend, place: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], ...]:
    out = [backend.zeros((len(place), 4), kind) for kind in (np.uint32, np.float32, np.float32)]
    backend.kernel("philox", "at_places")(len(place), backend.array(place), *out)
    return tuple(backend.to_host(array) for array in out)


def plain(place: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Salmon et al. 2011, word by word in 64-bit integers."""
    c = [place[:, i].astype(np.uint64) for i in range(4)]
    k0, k1 = place[:, 4].astype(np.uint64), place[:, 5].astype(np.uint64)
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p, q = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        high = np.uint64(32)
        c = [(q >> high) ^ c[1] ^ k0, q & low, (p >> high) ^ c[3] ^ k1, p & low]
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & low, (k1 + np.uint64(0xBB67AE85)) & low
    return np.stack(c, axis=1).astype(np.uint32)


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_published_answers(backend: AbstractBackend, counter: str, key: str, result: str) -> None:
    bits, _, _ = at_places(backend, np.array([words(counter) + words(key)], np.uint32))
    assert bits[0].tolist() == words(result)


def test_integers_at_random_places(backend: AbstractBackend) -> None:
    place = np.random.default_rng(1).integers(0, 2**32, (4096, 6), dtype=np.uint32)
    bits, uniforms, _ = at_places(backend, place)
    assert np.array_equal(bits, plain(place))
    assert np.array_equal(uniforms, ((bits >> 9) + 0.5).astype(np.float64) / 2**23)
    assert uniforms.min() > 0.0 and uniforms.max() < 1.0


def test_uniforms_reach_neither_end() -> None:
    """(k + 1/2) / 2^23 is a float32 strictly inside (0, 1) for the lowest and the highest k."""
    for k in (0, 2**23 - 1):
        u = np.float32((k + 0.5) / 2**23)
        assert float(u) == (k + 0.5) / 2**23 and 0.0 < u < 1.0


def test_normals(backend: AbstractBackend) -> None:
    """Moments, tails and independence of neighbours of n standard normals, each within five standard errors."""
    places = 2**17
    place = np.zeros((places, 6), np.uint32)
    place[:, 0], place[:, 2], place[:, 4] = np.arange(places) // 512, np.arange(places) % 512, 12345
    _, uniforms, z = at_places(backend, place)
    z = z.astype(np.float64)
    n = z.size
    for power, (mean, variance) in enumerate([(0, 1), (1, 2), (0, 15), (3, 96), (0, 945), (15, 10170)], 1):
        assert abs(np.mean(z**power) - mean) < 5 * np.sqrt(variance / n), f"moment {power}"
    correlations = np.corrcoef(np.concatenate([z[:-1], z[1:]], axis=1).T)
    assert np.abs(correlations - np.eye(8)).max() < 5.5 / np.sqrt(places)
    assert np.abs(np.mean(uniforms) - 0.5) < 5 * np.sqrt(1 / 12 / n)
    # the largest of n: P(|z| > 6.5) n = 4e-5
    assert 4.2 < np.abs(z).max() < 6.5


def test_normals_of_both_backends_agree(backend: AbstractBackend) -> None:
    """Box-Muller in float64 from the same uniforms: a few ulp of the largest."""
    place = np.random.default_rng(2).integers(0, 2**32, (4096, 6), dtype=np.uint32)
    _, u, z = at_places(backend, place)
    u = u.astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log(u[:, ::2])), 2 * np.pi * u[:, 1::2]
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2).reshape(-1, 4)
    assert np.abs(z - expected).max() < 4e-6
