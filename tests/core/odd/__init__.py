"""Odd and broken files of every format that we read, made here, each with what must become of it.

A file is either legal, if unusual, and loads with a stated shape and stated values, or it is refused with a stated kind
of error. Nothing is kept on disk: `EVERY` makes each file when it is asked for.
"""

from tests.core.odd import arrays, hdf5, matlab, pictures, sound, text
from tests.core.odd.case import Odd

EVERY: dict[str, Odd] = {
    f"{group}: {name}": odd
    for group, cases in {
        "text": text.CASES,
        "numpy": arrays.CASES,
        "matlab": matlab.CASES,
        "hdf5": hdf5.CASES,
        "sound": sound.CASES,
        "picture": pictures.CASES,
    }.items()
    for name, odd in cases.items()
}
