"""A clipped gradient moves theta by exactly eta times the clip, whatever fills up the rows of its layout."""

import numpy as np
import pytest

from simulator.networks.architecture import Architecture, TrainingDials
from simulator.networks.datasets.base import Dataset
from simulator.networks.initial import initial_theta
from simulator.networks.trainer import Trainer

SHAPES = [
    ((5, 7, 3), 1),
    ((5, 7, 3), 3),
    ((5, 7, 3), 64),
    ((30, 37, 3), 2),
    ((100, 64, 10), 4),
    ((100, 513, 300, 10), 1),
]


@pytest.mark.parametrize(("sizes", "networks"), SHAPES, ids=str)
def test_a_clipped_step_is_as_long_as_the_clip(backend, sizes, networks):
    rng, clip, architecture = np.random.default_rng(0), 1e-2, Architecture(sizes)
    x = rng.standard_normal((60, sizes[0])).astype(np.float32)
    t = np.eye(sizes[-1], dtype=np.float32)[rng.integers(sizes[-1], size=60)]
    data, theta = Dataset(x, t, x[:1].copy(), t[:1].copy(), sizes[-1]), initial_theta(architecture, networks, 1)
    trainer = Trainer(backend, architecture, data, networks, 20, "sgd", 1, theta)
    for _ in range(4):
        before = trainer.theta.astype(float)
        trainer.step(1, TrainingDials(learning_rate=1.0, clip=clip))
        assert np.linalg.norm(trainer.theta - before, axis=1) == pytest.approx(clip, rel=1e-4)
