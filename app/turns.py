"""Whose turn it is to compute: as many at once as there are cores, first come first served, with a visible place.

More computations than cores would make all of them slow, and the pages of those who compute nothing as well. A long one
gives way at each of its steps: it goes to the end of the queue, so that nobody waits for all of it.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
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
    """The right to go on."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.called = threading.Event()

    @property
    def held(self) -> bool:
        return self.called.is_set()

    def come(self, first: bool = False) -> None:
        """Wait for it, at the end of the queue or before all others; who was told of a place is told that it has come.

        Who was here before and only went to compute comes back ``first``: page after page is finished then. From the
        end of the queue each would wait for all the others once for every computation, and all would be late together.
        """
        tell = nobody if self.turns.silent else _tell.get()
        if self.turns.wait(self, tell, first):
            tell(None)

    def give_way(self) -> None:
        """Let those who wait go first, if there are any; back when it is our turn again."""
        if self.held and self.turns.waiting:
            self.leave()
            self.come()

    def leave(self) -> None:
        if self.held:
            self.called.clear()
            self.turns.free()


class Turns:
    """A queue before ``at_once`` places.

    Parameters
    ----------
    at_once : so many go on at the same time
    silent : nobody is told of a place: the wait is short
    leaving : a queue whose place, if a thread has one, is left to others while it waits or has a turn here

    Examples
    --------
    >>> turns = Turns(1)
    >>> with turns.turn() as mine:
    ...     turns.running, turns.waiting
    (1, 0)
    >>> turns.running
    0
    """

    def __init__(self, at_once: int, *, silent: bool = False, leaving: Turns | None = None) -> None:
        self.at_once = at_once
        self.silent = silent
        self.leaving = leaving
        self.running = 0
        self.queue: deque[Turn] = deque()
        self.lock = threading.Lock()
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
        with self.leaving.left() if self.leaving else contextlib.nullcontext():
            mine = self.own.turn = Turn(self)
            try:
                mine.come()
                yield mine
            finally:
                self.own.turn = None
                mine.leave()

    @contextlib.contextmanager
    def left(self, first: bool = True) -> Iterator[None]:
        """Leave the turn of this thread, if it has one, to others within this block; then come back, ``first`` or last.

        See `Turn.come`.
        """
        held: Turn | None = getattr(self.own, "turn", None)
        if held is None or not held.held:
            yield
            return
        held.leave()
        try:
            yield
        finally:
            held.come(first)

    def rest(self, seconds: float) -> None:
        """Leave the turn of this thread to others for so long, and the shorter, the more of them wait already."""
        with self.left(first=False):
            time.sleep(seconds / (1 + self.waiting))

    def give_way(self) -> None:
        """Let those who wait go first, if this thread has a turn."""
        held: Turn | None = getattr(self.own, "turn", None)
        if held is not None:
            held.give_way()

    def wait(self, mine: Turn, tell: Tell, first: bool) -> bool:
        """Queue up, and return whether a place was told; whatever telling it raises, leaves the queue."""
        waited = False
        with self.lock:
            (self.queue.appendleft if first else self.queue.append)(mine)
            self._call()
        try:
            while not mine.called.wait(None if tell is nobody else BEAT):
                with self.lock:
                    ahead = 0 if mine.held else self.queue.index(mine)
                tell(ahead)
                waited = True
        except BaseException:
            with self.lock:
                called = mine.held
                if not called:
                    self.queue.remove(mine)
            if called:
                mine.leave()
            raise
        return waited

    def _call(self) -> None:
        """Call those whose turn it is; only they wake up."""
        while self.queue and self.running < self.at_once:
            self.running += 1
            self.queue.popleft().called.set()

    def free(self) -> None:
        with self.lock:
            self.running -= 1
            self._call()


#: Who builds a page now. Two hundred threads that all want to would, in Python, spend their time asking whether they
#: may, and the server would answer nobody. Whoever computes, or waits for something, lets others build theirs.
PAGES = Turns(1, silent=True)
