"""One round of "Beat the machine" in a real browser: lines are dragged, the answer revealed, the next round dealt."""

import re

from playwright.sync_api import Page, expect

from app import matches
from app.i18n import Words
from app.rounds import Deal
from tests.browser.studio import settled, visiting

EN = Words("en")
expect.set_options(timeout=60_000)


def place(page: Page, what: str):
    """Where something is on the page, once it stands there: a run of the page may just be putting it up anew."""
    for _ in range(100):
        box = page.locator(what).bounding_box()
        if box is not None:
            return box
        page.wait_for_timeout(100)
    raise AssertionError(what)


def drag(page: Page, level: int, share: float):
    """Drag the line of a level so high, as a share of its row, once the page has come to rest."""
    settled(page)
    box, handle = (place(page, f"{part} >> nth={level}") for part in (".plot", ".grip"))
    page.mouse.move(handle["x"] + 60, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] + 60, box["y"] + (1 - share) * box["height"], steps=3)
    page.mouse.up()


def test_a_round_is_played_from_the_deal_to_the_reveal():
    deal = Deal("easy", 1, 1)
    with visiting("play?lang=en", viewport={"width": 1280, "height": 1000}) as page:
        expect(page.locator(".grip")).to_have_count(4)
        drag(page, 0, 1.3)
        expect(page.locator(".row").first).to_contain_text("100 % → 0")
        drag(page, 1, 0.35)
        expect(page.locator(".grip").nth(1)).not_to_have_attribute("aria-valuenow", "0")
        page.locator(".grip").nth(2).focus()
        page.keyboard.press("PageUp")
        expect(page.locator(".row").nth(2).locator("input")).not_to_have_value("0")
        page.wait_for_timeout(900)  # keys are sent after a pause
        settled(page)
        page.get_by_role("button", name=EN("play.submit")).click()
        expect(page.get_by_text(EN("play.line.oracle"))).to_be_visible()
        told = page.get_by_text(re.compile(r"^Your estimate has [\d.]+ dB")).first.inner_text()
        yours = float(re.search(r"[\d.]+", told).group())
        standing = matches.standing(deal, (0.0,) * 4)
        assert standing.noisy + 1 < yours <= standing.ceiling + 0.05
        expect(page.locator(".grip").first).not_to_have_attribute("role", "slider")
        expect(page.get_by_text(re.compile(r"points [1-9]"))).to_be_visible()

        page.get_by_role("button", name=EN("play.next")).click()
        expect(page.get_by_role("button", name=EN("play.submit"))).to_be_visible()
        expect(page).to_have_url(re.compile(r"round=2\b"))

        page.get_by_role("radio", name=EN("play.game.listen")).click()
        expect(page.locator("audio")).to_have_count(4)
        page.get_by_role("button", name=EN("play.guess.a")).click()
        expect(page.get_by_text(re.compile(r"^[01] of 1 right"))).to_be_visible()
