"""How much of a stranger's file we are willing to read, and why.

Every limit is looked at before or while decoding, never after: a bomb is small until it is decoded.
"""

from __future__ import annotations

#: Bytes of a file, as uploaded. 60 s of 48 kHz stereo in 32-bit WAV are 23 MB, an hour of 12 kHz in 8 bits 43 MB.
MAX_FILE = 50 * 2**20

#: Samples of all channels together: 160 MB as float64, the size at which a page still answers.
MAX_SAMPLES = 20_000_000

#: Pixels of a picture: the largest common camera; Pillow's own alarm comes only at 179 million.
MAX_PIXELS = 40_000_000

#: Columns of a table. Tables with more are pictures or matrices, and a classic trap for parsers.
MAX_COLUMNS = 10_000

#: Characters of one line of text: 10,000 columns of 400 characters.
MAX_LINE = 4 * 2**20

#: Characters of one number; a float64 in full needs 24.
MAX_NUMBER = 60

#: The shorter axis of a matrix is its channels up to here; above, the matrix is a picture.
MAX_CHANNELS = 64

#: Members of an archive, links of an HDF5 file.
MAX_MEMBERS = 10_000

#: Characters of a name that a stranger gave.
MAX_NAME = 80

#: Wall and processor time of one parse. The slowest legal file (50 MB of text) needs about half on a busy core.
SECONDS = 10.0

#: Bytes that a parse may add to the memory of its process: source, decoded values and one copy of both.
MEMORY = 1536 * 2**20
