"""What size does: one dial, several sizes side by side."""

from simulator.experiments.sharpening.experiment import Sharpening

__all__ = ["Sharpening"]
