"""Residual shrinkage for PyTorch: layers, units and a denoiser."""

from drsn_core.nn.blocks import CBU, RBU, RSBU
from drsn_core.nn.denoiser import Denoiser
from drsn_core.nn.insert import insert_shrinkage
from drsn_core.nn.shrinkage import Shrinkage, soft_threshold

__all__ = ["CBU", "RBU", "RSBU", "Denoiser", "Shrinkage", "insert_shrinkage", "soft_threshold"]
