"""A signal is drawn in a real browser, with the mouse and with the keys, and denoised."""

import re

from playwright.sync_api import Page, expect

from app.i18n import Words
from drsn_core.recipe import from_query
from drsn_core.synth import curves
from tests.browser.studio import visiting

EN = Words("en")
expect.set_options(timeout=60_000)


def curve_of(page: Page):
    """The curve that the address of the page holds."""
    from urllib.parse import parse_qsl, urlsplit

    recipe, problems = from_query(dict(parse_qsl(urlsplit(page.url).query)))
    assert not [problem for problem in problems if problem.part == "curve"]
    return curves.decode(recipe.source.curve)


def test_a_signal_is_drawn_and_denoised():
    with visiting("?lang=en&n=1024&snr=0", viewport={"width": 1200, "height": 1000}) as page:
        page.get_by_role("radio", name=EN("source.draw")).click()
        sheet = page.get_by_role("slider", name=EN("draw.pad"))
        sheet.scroll_into_view_if_needed()
        page.get_by_role("button", name=EN("draw.clear")).click()
        expect(page.get_by_test_id("stAlert")).to_contain_text(EN("draw.empty"))

        box = sheet.bounding_box()
        left, middle, wide = box["x"], box["y"] + box["height"] / 2, box["width"]
        page.mouse.move(left + 0.25 * wide, middle)
        page.mouse.down()
        page.mouse.move(left + 0.5 * wide, middle - 0.4 * box["height"], steps=4)  # up to the tip of a roof
        page.mouse.move(left + 0.75 * wide, middle, steps=4)
        page.mouse.up()
        expect(page.get_by_test_id("stMetric")).to_have_count(3)
        expect(page).to_have_url(re.compile("curve="))
        heights = curve_of(page)
        assert abs(int(heights.argmax()) - 48) <= 2
        assert 0.8 < heights.max() < 0.95
        assert not heights[:23].any()
        assert not heights[-22:].any()
        noisy, best = (float(page.get_by_test_id("stMetricValue").nth(i).inner_text().split()[0]) for i in (0, 2))
        assert best > noisy + 8, "a roof is easily told from noise"

        sheet.focus()
        page.keyboard.press("Home")
        page.keyboard.press("PageDown")
        page.keyboard.press("Space")
        for _ in range(9):
            page.keyboard.press("ArrowRight")
        expect(sheet).to_have_attribute("aria-valuenow", "-0.20")
        before = page.url
        expect(page).not_to_have_url(before)
        after = curve_of(page)
        assert (abs(after[:10] + 0.2) < 1e-3).all(), "with the pen down a height is carried along"
        page.get_by_role("button", name=EN("app.undo")).click()
        expect(page).to_have_url(before)
        expect(sheet).to_have_attribute("aria-label", EN("draw.pad"))
