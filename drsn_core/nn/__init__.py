"""Residual shrinkage for PyTorch: layers, units, the paper's networks, a denoiser, and shrinkage in other networks."""

from drsn_core.nn.blocks import CBU, RBU, RSBU, SEBU
from drsn_core.nn.classifier import paper_init, paper_network, paper_recipe
from drsn_core.nn.denoiser import Denoiser
from drsn_core.nn.folding import fold
from drsn_core.nn.insert import insert_shrinkage
from drsn_core.nn.shrinkage import Shrinkage
from drsn_core.nn.thresholding import SHRINKS, soft_threshold

__all__ = [
    "CBU",
    "RBU",
    "RSBU",
    "SEBU",
    "SHRINKS",
    "Denoiser",
    "Shrinkage",
    "fold",
    "insert_shrinkage",
    "paper_init",
    "paper_network",
    "paper_recipe",
    "soft_threshold",
]
