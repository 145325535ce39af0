"""A race in a process of its own: `python -m drsn_core.train.runner`, driven through its pipes.

The first line that it reads is the race, as JSON; each further line asks for one lap, which it answers by a line. When
its input ends, because the other side has enough or is no longer there, it ends at once, whatever it is doing.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading

from drsn_core.errors import DrsnError
from drsn_core.train.race import Race, run, to_line

#: The other side's pages come first.
NICENESS = 10


def main() -> None:
    """Read, run, answer."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    plain = json.loads(sys.stdin.readline())
    wanted: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            wanted.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    try:
        for lap in run(Race(**{**plain, "models": tuple(plain["models"])})):
            wanted.get()
            print(to_line(lap), flush=True)
    except DrsnError as error:
        print(json.dumps({"error": str(error)}), flush=True)


if __name__ == "__main__":
    main()
