"""A question to a network as data: which thresholds are to be others, and how.

A `WhatIf` is frozen, hashable and has a short text for links; `drsn_core.whatif.run` puts it to a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from drsn_core.errors import BadParameter, UnknownName

Kind = Literal["times", "tau", "alpha", "mean"]

#: What a change does, and the largest value it takes; "mean" takes none.
KINDS: dict[str, float] = {"times": 100.0, "tau": 1e6, "alpha": 100.0, "mean": 0.0}

#: Functions that can stand in for the one a network was trained with; the others have parameters of their own.
SHRINKS = ("soft", "hard", "garrote")

#: More changes than blocks and channels make sense of are a mistake in a link.
MOST_CHANGES = 2000


@dataclass(frozen=True)
class Change:
    r"""Another threshold in the place of a learned one.

    Parameters
    ----------
    kind : "times" makes it :math:`f\tau`; "tau" makes it a number; "alpha" makes it
        so many mean magnitudes, :math:`\alpha\,\overline{|x|}`, of what this sample has there; "mean" makes it
        the mean over reference samples, the same for every sample
    value : the factor, τ or α; not used by "mean"
    block : number of the block, from 0; None for all
    channel : number of the channel, from 0; None for all of the block
    """

    kind: Kind
    value: float = 0.0
    block: int | None = None
    channel: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownName("change", self.kind, KINDS)
        if not 0 <= self.value <= KINDS[self.kind]:
            raise BadParameter(self.kind, self.value, f"0 to {KINDS[self.kind]:g}")
        if self.block is None and self.channel is not None:
            raise BadParameter("channel", self.channel, "none where no block is named")

    @property
    def place(self) -> tuple[int | None, int | None]:
        return self.block, self.channel

    def __str__(self) -> str:
        where = "all" if self.block is None else f"b{self.block + 1}"
        where += "" if self.channel is None else f"c{self.channel + 1}"
        return f"{where}-{self.kind}" + ("" if self.kind == "mean" else f"-{self.value:.6g}")


_WRITTEN = re.compile(r"(?:all|b([1-9]\d{0,3})(?:c([1-9]\d{0,3}))?)-(times|tau|alpha|mean)(?:-([\d.e+-]{1,20}))?")


@dataclass(frozen=True)
class WhatIf:
    """A set of changes; where several concern a channel, the narrowest one holds, on top of what was learned.

    Parameters
    ----------
    changes : one at most for every place, the latest last
    shrink : one of `SHRINKS` in the place of what the network was trained with; "" leaves that
    """

    changes: tuple[Change, ...] = ()
    shrink: str = ""

    def __post_init__(self) -> None:
        if self.shrink and self.shrink not in SHRINKS:
            raise UnknownName("shrinkage function", self.shrink, SHRINKS)
        if len(self.changes) > MOST_CHANGES:
            raise BadParameter("changes", len(self.changes), f"up to {MOST_CHANGES}")

    @property
    def count(self) -> int:
        """How many things are changed."""
        return len(self.changes) + bool(self.shrink)

    @property
    def needs_means(self) -> bool:
        return any(change.kind == "mean" for change in self.changes)

    def plus(self, change: Change) -> WhatIf:
        """Add a change, in the place of an earlier one at the same place; × 1 only takes the earlier one back."""
        others = self.without(change.block, change.channel)
        neutral = change.kind == "times" and change.value == 1 and not any(_covers(o, change) for o in others.changes)
        return others if neutral else replace(others, changes=(*others.changes, change))

    def without(self, block: int | None, channel: int | None = None) -> WhatIf:
        """Give one place back what was learned."""
        kept = tuple(change for change in self.changes if change.place != (block, channel))
        return replace(self, changes=kept)

    def __str__(self) -> str:
        """A short text for a link; `parse` reads it."""
        parts = [str(change) for change in self.changes] + ([f"shrink-{self.shrink}"] if self.shrink else [])
        return "~".join(parts)


#: Nothing changed.
AS_LEARNED = WhatIf()


def _covers(wide: Change, narrow: Change) -> bool:
    return wide.block in (None, narrow.block) and wide.channel is None and wide.place != narrow.place


def parse(text: str) -> WhatIf:
    """Read what ``str`` of a `WhatIf` wrote.

    Raises
    ------
    BadParameter
        If a part means nothing; it is quoted.

    Examples
    --------
    >>> parse("all-times-2~b3c7-tau-0.25~shrink-hard").changes[1]
    Change(kind='tau', value=0.25, block=2, channel=6)
    """
    found = WhatIf()
    for part in text.split("~") if text else ():
        if part.startswith("shrink-"):
            found = replace(found, shrink=part.removeprefix("shrink-"))
            continue
        match = _WRITTEN.fullmatch(part)
        if not match or (match[4] is None) != (match[3] == "mean"):
            raise BadParameter("change", part, "for example all-times-2, b3-alpha-0.5, b3c7-tau-0.25 or shrink-hard")
        block, channel = (None if number is None else int(number) - 1 for number in match.group(1, 2))
        try:
            value = float(match[4] or 0)
        except ValueError as exc:
            raise BadParameter("change", part, "a number behind its last dash") from exc
        change = Change(match[3], value, block, channel)  # type: ignore[arg-type]
        others = found.without(block, channel)
        found = replace(others, changes=(*others.changes, change))  # as written: `plus` would leave out × 1
    return found
