"""Whose turn it is to compute: as many at once as there are cores, first come first served, with a visible place.

More computations than cores would make all of them slow, and the pages of those who compute nothing as well. A long one
gives way at each of its steps: it goes to the end of the queue, so that nobody waits for all of it.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterator

#: Told again and again while somebody waits how many are ahead, and None when the turn has come.
#: It may raise, which leaves the queue.
Tell = Callable[[int | None], None]
#: Seconds between two times that who waits is told: a visitor who left is noticed that soon.
BEAT = 0.25


def nobody(ahead: int | None) -> None:
    """Nobody wants to know."""


_tell: contextvars.ContextVar[Tell] = contextvars.ContextVar("tell", default=nobody)


@contextlib.contextmanager
def told(tell: Tell) -> Iterator[None]:
    """Within this block, ``tell`` learns of every place in a queue."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


class Turn:
    """The right to compute."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.held = False

    def come(self) -> None:
        """Wait for it; whoever was told of a place is told that it has come."""
        tell = _tell.get()
        if self.turns.wait(self, tell):
            tell(None)

    def give_way(self) -> None:
        """Let those who wait go first, if there are any; back when it is our turn again."""
        if self.held and self.turns.waiting:
            self.leave()
            self.come()

    def leave(self) -> None:
        if self.held:
            self.held = False
            self.turns.free()


class Turns:
    """A queue before ``at_once`` places.

    Examples
    --------
    >>> turns = Turns(1)
    >>> with turns.turn() as mine:
    ...     turns.running, turns.waiting
    (1, 0)
    >>> turns.running
    0
    """

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.running = 0
        self.queue: deque[Turn] = deque()
        self.moved = threading.Condition()
        self.own = threading.local()

    @property
    def waiting(self) -> int:
        return len(self.queue)

    @contextlib.contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait for a turn, and have it within this block; who has one already goes on with it."""
        held: Turn | None = getattr(self.own, "turn", None)
        if held is not None:
            yield held
            return
        mine = self.own.turn = Turn(self)
        try:
            mine.come()
            yield mine
        finally:
            self.own.turn = None
            mine.leave()

    def give_way(self) -> None:
        """Let those who wait go first, if this thread has a turn."""
        held: Turn | None = getattr(self.own, "turn", None)
        if held is not None:
            held.give_way()

    def wait(self, mine: Turn, tell: Tell) -> bool:
        """Queue up, and return whether a place was told; whatever telling it raises, leaves the queue."""
        waited = False
        with self.moved:
            self.queue.append(mine)
        try:
            while True:
                with self.moved:
                    if not self._next(mine):
                        self.moved.wait(BEAT)
                    if self._next(mine):
                        self.queue.popleft()
                        self.running += 1
                        mine.held = True
                        self.moved.notify_all()  # there may be room for one more
                        return waited
                    ahead = self.queue.index(mine)
                tell(ahead)
                waited = True
        except BaseException:
            with self.moved:
                self.queue.remove(mine)
                self.moved.notify_all()
            raise

    def _next(self, mine: Turn) -> bool:
        return self.running < self.at_once and self.queue[0] is mine

    def free(self) -> None:
        with self.moved:
            self.running -= 1
            self.moved.notify_all()
