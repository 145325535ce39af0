"""Races of visitors: each in a process of its own, a few at a time, and none that nobody watches.

A lap at a time, in turn with those of others, so that training never takes more than one core; pages are served on.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict

from app import turns
from app.turns import Turns
from drsn_core.io.isolate import environment
from drsn_core.train.race import Lap, Race, from_line

#: Races that are under way at the same time, for each holds PyTorch in memory; and laps.
LANES, LAPS = Turns(2), Turns(1)

#: Seconds without a look from its visitor, or in a pause, after which a race ends.
UNSEEN, PAUSED = 60.0, 180.0

#: Seconds after which a lap that has not come will not come.
PATIENCE = 300.0


class Stopped(Exception):
    """The race is not to go on."""


class Training:
    """One race: what has been run of it, and how to go on.

    ``state`` is "waiting" (``ahead`` others are before it), "running", "paused", "done", "stopped", "forgotten" (after
    too long a pause) or "failed". A finished one keeps its laps.
    """

    def __init__(self, race: Race) -> None:
        self.race = race
        self.laps: list[Lap] = []
        self.state = "waiting"
        self.ahead = 0
        self._steps = 0
        self._going = True
        self._over = False
        self._seen = time.monotonic()
        self._moved = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="race", daemon=True)

    def start(self) -> Training:
        self._thread.start()
        return self

    @property
    def alive(self) -> bool:
        return self.state in ("waiting", "running", "paused")

    def of(self, model: str) -> list[Lap]:
        """The laps of one network."""
        return [lap for lap in self.laps if lap.model == model]

    def look(self) -> None:
        """Say that somebody watches."""
        self._seen = time.monotonic()

    def go(self) -> None:
        """Run on without a pause."""
        with self._moved:
            self._going = True
            self._moved.notify_all()

    def pause(self) -> None:
        """Stop after the lap that is under way."""
        with self._moved:
            self._going = False
            self._steps = 0

    def step(self) -> None:
        """Run one epoch of each network, and pause."""
        with self._moved:
            self._going = False
            self._steps += len(self.race.models)
            self._moved.notify_all()

    def stop(self) -> None:
        """End the race; what has been run of it stays."""
        with self._moved:
            self._over = True
            self._moved.notify_all()

    def join(self, seconds: float) -> None:
        """Wait until it is over."""
        self._thread.join(seconds)

    # ---- in the thread

    def _run(self) -> None:
        try:
            with turns.told(self._told), LANES.turn():
                self.state = "running"
                self._race()
            self.state = "done"
        except Stopped as stopped:
            self.state = str(stopped) or "stopped"
        except (OSError, ValueError, KeyError, TypeError):
            self.state = "failed"

    def _told(self, ahead: int | None) -> None:
        self.ahead = ahead or 0
        self._check()

    def _check(self) -> None:
        if self._over or time.monotonic() - self._seen > UNSEEN:
            raise Stopped

    def _race(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "drsn_core.train.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asdict(self.race)) + "\n")
            while len(self.laps) < self.race.laps:
                self._permission()
                with LAPS.turn():
                    process.stdin.write("lap\n")
                    process.stdin.flush()
                    self.laps.append(from_line(_line(process)))
        finally:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()
            process.wait()

    def _permission(self) -> None:
        """Wait until the next lap is wanted."""
        with self._moved:
            since = time.monotonic()
            while not self._going and not self._steps:
                self.state = "paused"
                self._check()
                if time.monotonic() - since > PAUSED:
                    raise Stopped("forgotten")
                self._moved.wait(0.5)
            self._check()
            self._steps = max(0, self._steps - 1)
            self.state = "running"


def _line(process: subprocess.Popen[str]) -> str:
    """The next line that a process writes; `OSError` if it ends without one, or does not come to it in time."""
    assert process.stdout is not None
    alarm = threading.Timer(PATIENCE, process.kill)
    alarm.daemon = True
    alarm.start()
    try:
        line = process.stdout.readline()
    finally:
        alarm.cancel()
    if not line:
        raise OSError
    return line
