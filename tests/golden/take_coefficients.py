"""Take a few short vectors from a file of oracle numbers: ``python take_coefficients.py oracle_coef.json``.

The file holds, for seeded vectors of sparse coefficients in unit noise, what WaveLab 850 and WavDen (both in Octave)
and R EbayesThresh 1.4-13 make of them. Two vectors are enough for tests; `coefficients.json` is what this writes.
"""

import json
import sys
from pathlib import Path

VECTORS = ("n64_p0.2", "n256_p0.02")
LEFT_OUT = ("blockjs_truncate", "ogden_parzen_da1_.05")


def main(path: str) -> None:
    """Write the chosen vectors beside this file."""
    every = json.loads(Path(path).read_text())
    chosen = {name: {key: v for key, v in every[name].items() if key not in LEFT_OUT} for name in VECTORS}
    Path(__file__).with_name("coefficients.json").write_text(json.dumps(chosen) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
