"""Cut into tiles and stitched is what it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drsn_core.tiling import stitch, tiles

sizes = st.integers(1, 50)


@given(length=st.integers(1, 300), size=sizes, overlap=st.integers(0, 50), grid=st.integers(1, 16))
def test_tiles_keep_every_sample_once_and_start_on_the_grid(length, size, overlap, grid):
    cut = list(tiles(length, size, overlap, grid))
    kept = [i for tile in cut for i in range(tile.keep_start, tile.keep_stop)]
    assert kept == list(range(length))
    for tile in cut:
        assert tile.start % grid == 0
        assert tile.start == 0 or tile.keep_start - tile.start >= overlap
        assert tile.stop == length or tile.stop - tile.keep_stop >= overlap


@given(length=st.integers(1, 300), size=sizes, reach=st.integers(0, 10))
def test_a_local_operation_gives_the_same_in_tiles(length, size, reach):
    x = np.random.default_rng(length).normal(size=(2, length))

    def smooth(part):
        kernel = np.ones(2 * reach + 1)
        return np.stack([np.convolve(row, kernel, mode="full")[reach : reach + part.shape[-1]] for row in part])

    np.testing.assert_allclose(stitch(x, list(tiles(length, size, reach)), smooth), smooth(x), atol=1e-9)


def test_what_the_report_raises_ends_the_work():
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stitch(np.zeros(100), list(tiles(100, 10, 0)), lambda part: part, stop)
    assert seen == [(1, 10), (2, 10)]
