"""One run through the units of a network: each is given its override, and says what it decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor, nn

from drsn_core.errors import BadParameter
from drsn_core.nn.shrinkage import Decision, Override


def names_of_scales(depths: Sequence[int]) -> list[str]:
    """Names of the units of a U-shape in the order in which the data meet them: down to the coarsest scale, and up.

    ``depths`` are the units of each scale, from fine to coarse; the way up has as many, but none on the coarsest.

    Examples
    --------
    >>> names_of_scales((1, 2))
    ['down 1.1', 'down 2.1', 'down 2.2', 'up 1.1']
    """
    scales = list(enumerate(depths, start=1))
    down = [f"down {scale}.{unit + 1}" for scale, depth in scales for unit in range(depth)]
    up = [f"up {scale}.{unit + 1}" for scale, depth in reversed(scales[:-1]) for unit in range(depth)]
    return down + up


class Walk:
    """Call it with units and what they are to be given, in the order of the network; ``decisions`` grows.

    Parameters
    ----------
    count : units that shrink, in the whole network
    overrides : one for each of them (see `drsn_core.nn.shrinkage.shrink`), or None for none at all
    """

    def __init__(self, count: int, overrides: Sequence[Override | None] | None = None) -> None:
        if overrides is not None and len(overrides) != count:
            raise BadParameter("overrides", f"{len(overrides)} entries", f"one for each of the {count} units")
        self._pending = iter([None] * count if overrides is None else overrides)
        self.decisions: list[Decision] = []

    def __call__(self, units: Iterable[nn.Module], x: Tensor) -> Tensor:
        for unit in units:
            traced = getattr(unit, "traced", None)
            if traced is None:  # a unit that does not shrink
                x = unit(x)
            else:
                x, decision = traced(x, next(self._pending))
                self.decisions.append(decision)
        return x
