"""The page Inside under a hand: blocks chosen with click and keys, a threshold dragged, typed and undone."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.i18n import Words
from tests.browser.studio import settled, visiting

EN = Words("en")
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def page():
    with visiting("inside?lang=en&n=1024&block=3&channel=1", viewport={"width": 1360, "height": 1000}) as tab:
        yield tab


def part(page: Page, name: str):
    """A part of the link, None if it is not there."""
    found = re.search(rf"[?&]{name}=([^&]*)", page.url)
    return found and found[1]


def test_a_threshold_is_dragged_stepped_typed_and_given_back(page):
    grip = page.get_by_role("slider", name=EN("inside.line.drag"))
    expect(grip).to_be_visible()
    settled(page)
    learned = float(grip.get_attribute("aria-valuenow"))
    assert part(page, "if") is None

    plot, box = page.locator(".plot").bounding_box(), grip.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(plot["x"] + 0.5 * plot["width"], box["y"] + 14, steps=5)
    live = page.locator(".said").inner_text()
    assert part(page, "if") is None, "while the line moves nothing is asked of the network"
    page.mouse.up()
    expect(page).to_have_url(re.compile("if=b3c1-tau-"))
    settled(page)
    dragged = float(part(page, "if").rsplit("-", 1)[1])
    half = float(grip.get_attribute("aria-valuemax")) / 2
    assert dragged == pytest.approx(half, rel=0.1)
    assert (
        page.locator(".said").inner_text().split(" become")[0].split("mean")[0]
        == live.split(" become")[0].split("mean")[0]
    )
    expect(page.locator(".ghost-line")).to_have_count(2)
    expect(page.get_by_text(EN("inside.changes", count=1))).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_count(2)

    grip.focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("if=b3c1-tau-0(&|$)"))
    settled(page)
    expect(page.locator(".said")).to_contain_text("0 % become 0")
    expect(page.get_by_role("slider", name=EN("inside.line.drag"))).to_be_focused()

    page.get_by_label(EN("inside.line.typed")).fill("0.125")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"if=b3c1-tau-0\.125"))
    settled(page)
    page.get_by_role("button", name=EN("inside.changes.undo")).click()
    expect(page).to_have_url(re.compile("if=b3c1-tau-0(&|$)"))
    page.get_by_role("button", name=EN("inside.changes.back")).click()
    expect(page).not_to_have_url(re.compile("if="))
    settled(page)
    assert float(grip.get_attribute("aria-valuenow")) == learned


def test_a_block_is_chosen_with_the_mouse_and_with_the_keys(page):
    blocks = page.get_by_role("radiogroup").get_by_role("radio").filter(has=page.locator(".meter"))
    expect(blocks).to_have_count(14)
    blocks.nth(5).click()
    expect(page).to_have_url(re.compile("block=6"))
    settled(page)
    expect(blocks.nth(5)).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("block=8"))
    settled(page)
    expect(blocks.nth(7)).to_be_focused()
    page.get_by_role("button", name=EN("inside.line.times", times=2)).click()
    expect(page).to_have_url(re.compile(r"if=b8c\d+-times-2"))
    settled(page)
    expect(blocks.nth(7).locator("em")).to_have_count(1)


def test_a_click_on_the_feature_map_follows_one_value(page):
    settled(page)
    chart = page.locator(".js-plotly-plot").nth(1)
    chart.scroll_into_view_if_needed()
    settled(page)
    panel = chart.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(panel["x"] + 0.4 * panel["width"], panel["y"] + 0.5 * panel["height"])
    page.wait_for_timeout(300)
    page.mouse.click(panel["x"] + 0.4 * panel["width"], panel["y"] + 0.5 * panel["height"])
    expect(page).to_have_url(re.compile(r"position=\d+"))
    settled(page)
    typed = page.get_by_label(re.compile("^Position"))
    size = int(typed.get_attribute("max"))
    assert int(part(page, "position")) == pytest.approx(0.4 * size, abs=0.08 * size)
    assert typed.input_value() == part(page, "position")
    expect(
        page.get_by_text("belongs to the signal around sample").or_(page.get_by_text("The value belongs"))
    ).to_be_visible()


def test_the_threshold_is_dragged_on_the_shrink_curve_too(page):
    grip = page.get_by_role("slider", name=EN("inside.line.bend"))
    page.get_by_role("button", name=EN("inside.line.times", times=1)).click()
    settled(page)
    grip.scroll_into_view_if_needed()
    place, box = page.locator(".curve").bounding_box(), grip.bounding_box()
    learned = page.locator(".curve polyline").nth(1).get_attribute("points")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(place["x"] + 0.8 * place["width"], box["y"] + 14, steps=5)
    live = page.locator(".curve polyline").nth(1).get_attribute("points")
    assert live != learned, "the curve follows the line"
    points = [tuple(map(float, point.split(","))) for point in live.split()]
    assert all(y == 100 for x, y in points if x < 780), "what is smaller than the threshold becomes zero"
    assert points[-1][1] == pytest.approx(100 - 96 * 0.2, abs=2), "what is larger is pulled in by it"
    asked = page.url
    page.mouse.up()
    expect(page).not_to_have_url(asked)
    settled(page)
    assert re.search(r"if=b\d+c\d+-tau-", page.url)


def test_a_picture_is_wiped_and_a_click_in_it_picks_the_position_that_lies_there(page):
    page.goto(page.url.partition("?")[0] + "?lang=en&net=drsn-image&picture=coins&snr=15&block=2&channel=3")
    grip = page.get_by_role("slider", name=re.compile("Line between"))
    expect(grip).to_be_visible()
    settled(page)
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    stage.click(position={"x": 0.25 * box["width"], "y": 0.125 * box["height"]})
    expect(page).to_have_url(re.compile(r"position=\d+"))
    row, column = divmod(int(part(page, "position")) - 1, 64)
    assert (row, column) == (pytest.approx(8, abs=1), pytest.approx(16, abs=1))
    expect(page.locator(".lens")).to_have_count(1)
