"""Pictures made from formulas: in range, repeatable, and what their formulas say at places that can be worked out."""

import numpy as np
import pytest

from drsn_core.errors import BadParameter, UnknownName
from drsn_core.photographs import PHOTOGRAPHS, photograph
from drsn_core.synth import IMAGES, image

names = pytest.mark.parametrize("name", IMAGES)


@names
def test_every_picture_is_grey_and_within_black_and_white(name):
    found = image(name, 48, 64)
    assert found.pixels.shape == (1, 48, 64)
    assert found.name == name
    assert 0 <= found.pixels.min() < found.pixels.max() <= 1


@names
def test_only_chance_depends_on_the_seed(name):
    first, again, other = (image(name, 64, seed=seed).pixels for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) != IMAGES[name].seeded


def test_the_zone_plate_is_white_in_the_middle_and_grows_finer_outwards():
    row = image("zone-plate", 257).pixels[0, 128]
    assert row[128] == 1.0
    turns = np.flatnonzero(np.diff(np.sign(np.diff(row[128:])))) + 1
    np.testing.assert_allclose(60 * (turns / 257) ** 2, np.arange(1, turns.size + 1), atol=0.3)


def test_steps_are_flat_with_seven_jumps_of_a_seventh():
    row = image("steps", 256).pixels[0, 0]
    jumps = np.flatnonzero(np.diff(row))
    np.testing.assert_array_equal(jumps, np.arange(32, 256, 32) - 1)
    np.testing.assert_allclose(np.diff(row)[jumps], 1 / 7)
    np.testing.assert_allclose(image("steps", 256).pixels[0, -1], 1 - row)


def test_discs_have_the_contrasts_and_areas_of_the_tables():
    from drsn_core.synth.images import DISC_CONTRASTS, DISC_RADII

    pixels = image("discs", 1000).pixels[0]
    for row, contrast in enumerate(DISC_CONTRASTS):
        for column, radius in enumerate(DISC_RADII):
            cell = pixels[200 * row : 200 * row + 200, 200 * column : 200 * column + 200]
            assert set(np.round(np.unique(cell), 6)) == {0.4, round(0.4 + contrast, 6)}
            assert np.sum(cell > 0.4) == pytest.approx(np.pi * (1000 * radius) ** 2, rel=0.03)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "moonrise"}, UnknownName),
        ({"height": 8}, BadParameter),
        ({"width": 2.5}, BadParameter),
        ({"seed": -1}, BadParameter),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, error):
    with pytest.raises(error):
        image(**{"name": "steps", **arguments})


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_inside_the_package(name, monkeypatch):
    import socket

    monkeypatch.setattr(socket, "socket", None)  # whoever wants to download fails
    found = photograph(name)
    assert found.channels in (1, 3)
    assert 0 <= found.pixels.min() < found.pixels.max() <= 1


def test_a_photograph_that_is_not_there_lists_those_that_are():
    with pytest.raises(UnknownName, match="camera, coins"):
        photograph("eagle")
