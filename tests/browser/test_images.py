"""The page Images in a real browser: the line between before and after moves by keys, mouse and finger."""

import io
import re

import numpy as np
import pytest
from PIL import Image as pillow
from playwright.sync_api import expect

import drsn_core as drsn
from app.i18n import Words
from tests.browser.studio import settled, visiting

EN = Words("en")
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def tab():
    """A touch screen."""
    link = "images?lang=en&source=picture&name=discs&a=bayesshrink&b=median&sigma=25&pair=noisy-b"
    with visiting(link, viewport={"width": 1300, "height": 900}, has_touch=True, accept_downloads=True) as page:
        yield page


def ready(page):
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_attached()
    settled(page)


def grip(page):
    return page.get_by_role("slider", name=EN("images.wipe.grip", first="Noisy", second="B · Median"))


def clipped(page) -> float:
    """Per cent of the picture that shows the first version, as the browser draws it."""
    text = page.locator(".stage img.over").evaluate("img => getComputedStyle(img).clipPath")
    return 100 - float(text.removeprefix("inset(0px ").partition("%")[0])


def test_the_line_moves_by_keys_mouse_and_finger_without_a_run(tab):
    ready(tab)
    line = grip(tab)
    expect(line).to_have_attribute("aria-valuenow", "50")
    scores = tab.get_by_test_id("stMetricValue").all_inner_texts()
    line.focus()
    for key, value in (("ArrowLeft", 48), ("PageUp", 58), ("Home", 0), ("End", 100), ("ArrowDown", 98)):
        tab.keyboard.press(key)
        expect(line).to_have_attribute("aria-valuenow", str(value))
        assert clipped(tab) == pytest.approx(value, abs=0.1)
    assert line.get_attribute("aria-valuetext") == "98 % shows Noisy"

    box = tab.locator(".stage").bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + 0.98 * box["width"], middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=4)
    tab.mouse.move(box["x"] + 0.3 * box["width"], middle, steps=4)
    tab.mouse.up()
    assert clipped(tab) == pytest.approx(30, abs=1)

    session = tab.context.new_cdp_session(tab)
    for kind, at in (("touchStart", 0.3), ("touchMove", 0.5), ("touchMove", 0.7), ("touchEnd", None)):
        points = [] if at is None else [{"x": box["x"] + at * box["width"], "y": middle}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert clipped(tab) == pytest.approx(70, abs=1)
    assert tab.get_by_test_id("stMetricValue").all_inner_texts() == scores
    assert "x=" not in tab.url, "a drag chooses no place"


def test_a_click_chooses_what_is_enlarged_and_the_line_stays(tab):
    ready(tab)
    before = clipped(tab)
    box = tab.locator(".stage").bounding_box()
    tab.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.75 * box["height"])
    expect(tab).to_have_url(re.compile("x=20&y=75"))
    ready(tab)
    for name, value in (("x", "20.0"), ("y", "75.0")):
        number = tab.get_by_label(EN(f"images.crops.{name}"))
        expect(number).to_have_count(1)  # while the page is made anew, the old one is still there
        expect(number).to_have_value(value)
    assert clipped(tab) == pytest.approx(before, abs=0.5)


def test_an_own_picture_goes_in_and_comes_out_denoised(tab, tmp_path):
    clean = drsn.synth.image("steps", 96)
    noisy = np.clip(drsn.add_noise(clean, sigma=0.08, seed=3).pixels[0], 0, 1)
    path = tmp_path / "my picture.png"
    pillow.fromarray(np.round(255 * noisy).astype(np.uint8)).save(path)
    tab.get_by_role("radio", name=EN("source.upload")).click()
    tab.locator("input[type=file]").set_input_files(path)
    expect(tab.get_by_text("96 × 96 pixels, grey")).to_be_visible()
    ready(tab)
    with tab.expect_download() as info:
        tab.get_by_role("button", name=EN("images.download.png", slot="A")).click()
    with open(info.value.path(), "rb") as file:
        saved = drsn.read(file.read(), "a.png")
    read = drsn.read(path.read_bytes(), path.name)
    expected = drsn.denoise(read, "bayesshrink").estimate.pixels
    np.testing.assert_allclose(saved.pixels, np.clip(expected, 0, 1), atol=1 / 65535)
    assert pillow.open(io.BytesIO(path.read_bytes())).size == (96, 96)
