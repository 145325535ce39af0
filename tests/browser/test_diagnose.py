"""Five networks are asked in a real browser about a digit that is drawn."""

import re

from playwright.sync_api import expect

from app.i18n import Words
from tests.browser.studio import visiting

EN = Words("en")
expect.set_options(timeout=240_000)


def test_a_digit_is_drawn_with_mouse_and_keys_and_read():
    with visiting("diagnose?task=digits&lang=en&noise=none", viewport={"width": 1200, "height": 1200}) as page:
        page.get_by_role("radio", name=EN("diagnose.source.draw")).click()
        pad = page.get_by_role("application", name=EN("diagnose.pad.pad"))
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()

        def at(u, v):
            return box["x"] + u * box["width"], box["y"] + v * box["height"]

        page.mouse.move(*at(0.2, 0.15))
        page.mouse.down()
        page.mouse.move(*at(0.8, 0.15), steps=6)
        page.mouse.move(*at(0.45, 0.9), steps=8)
        page.mouse.up()
        expect(page).to_have_url(re.compile("strokes="))
        expect(page.get_by_role("heading", name="7", exact=True)).to_be_visible()

        pad.focus()
        for key in ("Backspace", "Space", *["ArrowUp"] * 14, "Space"):  # from where the pen was: a line upwards
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name="1", exact=True)).to_be_visible()
        page.get_by_role("button", name=EN("app.undo")).click()
        expect(page).to_have_url(re.compile("strokes="))
