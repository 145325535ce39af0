"""A lesson from its first step to its last, by hand and by keyboard, and bars that are drawn with."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.i18n import Words
from app.lessons import content
from app.lessons.content import CHECK, QUESTION
from tests.browser.studio import settled, visiting

EN = Words("en")
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def page():
    with visiting("learn?lang=en", viewport={"width": 1360, "height": 1000}) as tab:
        yield tab


def at_step(page: Page, lesson, index: int):
    expect(page).to_have_url(re.compile(rf"lesson={lesson.slug}&step={index + 1}$"))
    expect(page.get_by_text(EN("learn.step", step=index + 1, count=len(lesson.steps)))).to_be_visible()
    settled(page)


def test_a_lesson_is_walked_with_the_arrow_keys_from_the_list_to_its_goal(page):
    lesson = content.find("noise")
    text = content.prose(lesson, "en")
    ids = [step.id for step in lesson.steps]
    card = page.get_by_test_id("stVerticalBlock").filter(has_text=text.idea).last
    card.get_by_role("button", name=EN("learn.open")).click()
    at_step(page, lesson, 0)
    expect(page.locator(".keys[data-ready]")).to_have_count(1)
    for index in range(1, ids.index(QUESTION) + 1):
        page.keyboard.press("ArrowRight")
        at_step(page, lesson, index)
    page.keyboard.press("ArrowLeft")
    at_step(page, lesson, ids.index(QUESTION) - 1)
    page.keyboard.press("ArrowRight")
    at_step(page, lesson, ids.index(QUESTION))

    reveal = page.get_by_role("button", name=EN("learn.question.reveal"))
    expect(reveal).to_be_disabled()
    page.get_by_text(text.sections["a-two"], exact=True).click()
    expect(reveal).to_be_enabled()
    reveal.click()
    expect(page.get_by_text(re.compile("Computed: ten times"))).to_be_visible()
    settled(page)

    page.get_by_role("button", name=EN("learn.next")).click()
    at_step(page, lesson, ids.index(CHECK))
    expect(page.get_by_text(EN("learn.check.open"))).to_be_visible()
    handle = page.get_by_role("slider", name=EN("learn.control.snr_db"))
    handle.focus()
    page.keyboard.press("ArrowLeft")  # the slider has the focus: its value moves, the step stays
    settled(page)
    at_step(page, lesson, ids.index(CHECK))
    now = int(float(handle.input_value()))
    assert now == 14
    for _ in range(now):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(EN("learn.check.reached"))).to_be_visible()


def test_a_signal_is_drawn_with_bars_and_denoised(page):
    lesson = content.find("draw")
    page.goto(re.sub(r"learn.*", "learn?lang=en&lesson=draw&step=3", page.url))
    at_step(page, lesson, 2)
    bars = page.get_by_role("group", name=EN("learn.control.numbers"))
    first = bars.get_by_role("slider").nth(0)
    expect(first).to_have_attribute("aria-valuenow", "0")
    before = page.get_by_text(re.compile(r"^With τ = 1\.5")).inner_text()
    box = bars.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 32, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 32, box["y"] + 4, steps=4)
    page.mouse.up()
    expect(page.get_by_text(before, exact=True)).to_have_count(0)
    settled(page)
    assert float(first.get_attribute("aria-valuenow")) > 6
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(bars.get_by_role("slider").nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(bars.get_by_role("slider").nth(1)).to_have_attribute("aria-valuenow", "-0.5")
    settled(page)
    at_step(page, lesson, 2)
    page.get_by_role("button", name=EN("learn.give-back")).click()
    expect(page.get_by_text(before, exact=True)).to_be_visible()
