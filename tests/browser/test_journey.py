"""One journey in a real browser: open, upload, switch, see the thresholds, take home, compare with the command line."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect, sync_playwright

import drsn_core as drsn
from app.i18n import Words
from tests.browser.studio import FLAGS, serving, settled
from tests.conftest import needs_browser

EN, ZH = Words("en"), Words("zh")
expect.set_options(timeout=60_000)  # what is waited for comes, on a busy machine late


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A running Studio, which must not have logged a traceback at the end."""
    with (tmp_path_factory.mktemp("server") / "log").open("w+") as log:
        with serving(log) as where:
            yield where
        log.seek(0)
        assert "Traceback" not in log.read()


@pytest.fixture(scope="module")
def chromium():
    path = needs_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A tab that notes every request to another machine and every error in the console."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    foreign: list[str] = []
    broken: list[str] = []
    tab.on(
        "request", lambda r: None if r.url.startswith(("http://127.0.0.1", "data:", "blob:")) else foreign.append(r.url)
    )
    tab.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda e: broken.append(str(e)))
    yield tab
    context.close()
    assert foreign == [], "a page must not reach beyond its own server"
    assert broken == []


def charts(page: Page):
    return page.locator(".js-plotly-plot")


def ready(page: Page):
    """Wait until both figures stand and the script has ended."""
    expect(charts(page)).to_have_count(2)
    settled(page)


def choose(page: Page, label: str, option: str):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    ready(page)


def take(page: Page, label: str) -> bytes:
    with page.expect_download() as info:
        page.get_by_role("button", name=label).first.click()
    return Path(info.value.path()).read_bytes()


@pytest.fixture
def recording(tmp_path):
    """A file as a stranger would bring it: semicolons, a time column, a unit."""
    clean = drsn.synth.signal("blocks", length=1500)
    noisy = drsn.add_noise(clean, snr_db=8, seed=5).samples[0]
    rows = "\n".join(f"{i / 500:.3f};{value:.6f}" for i, value in enumerate(noisy))
    path = tmp_path / "press force.csv"
    path.write_text(f"time [s];force [kN]\n{rows}\n")
    return path


def test_from_an_own_file_to_the_same_numbers_on_the_command_line(address, page, recording, tmp_path):
    page.goto(f"{address}/?lang=en")
    ready(page)

    page.get_by_role("radio", name=EN("source.upload")).click()
    page.locator("input[type=file]").set_input_files(recording)
    expect(page.get_by_text("1,500 samples").or_(page.get_by_text("1,500")).first).to_be_visible()
    ready(page)
    expect(page.get_by_text(EN("score.noise-level")).first).to_be_visible()

    choose(page, EN("denoise.method-a"), EN("method.sureshrink"))
    figure = charts(page).nth(1)
    expect(figure).to_contain_text("SureShrink")
    expect(figure).to_contain_text("DRSN-CW")
    drawn = figure.evaluate("f => f._fullData.filter(t => t.meta === 'threshold').reduce((n, t) => n + t._length, 0)")
    assert drawn > 200, "one mark per subband and one per channel of every block"

    table = take(page, EN("download.csv"))
    on_page = drsn.read(table, "table.csv")
    assert on_page.origin.columns == ("noisy [kN]", "a sureshrink [kN]", "b drsn-cw [kN]")
    assert on_page.rate_hz == pytest.approx(500)
    for column, method in ((1, "sureshrink"), (2, "drsn-cw")):
        out = tmp_path / f"{method}.csv"
        command = ["denoise", str(recording), "--method", method, "-o", str(out)]
        subprocess.run([sys.executable, "-m", "drsn_core.cli", *command], check=True)
        by_command = drsn.read(out.read_bytes(), out.name)
        np.testing.assert_allclose(on_page.samples[column], by_command.samples[0], rtol=0, atol=1e-4)
    np.testing.assert_array_equal(
        on_page.samples[1], drsn.read((tmp_path / "sureshrink.csv").read_bytes(), "x.csv").samples[0]
    )

    script = take(page, EN("download.script"))
    (tmp_path / "again.py").write_bytes(script)
    subprocess.run([sys.executable, "again.py"], check=True, cwd=tmp_path, capture_output=True)
    again = np.loadtxt(tmp_path / "denoised.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(again[:, 2], on_page.samples[1])
    np.testing.assert_allclose(again[:, 3], on_page.samples[2], atol=1e-4)

    arrays = np.load(BytesIO(take(page, EN("download.npz"))))
    np.testing.assert_array_equal(arrays["a"], on_page.samples[1:2])
    sound = drsn.read(take(page, EN("download.wav")), "a.wav")
    assert sound.length == 1500
    assert b"plotly" in take(page, EN("download.figure"))


def test_the_sketch_stands_first_and_makes_way_for_the_figure(address, page):
    page.route("**/PlotlyChart*", lambda route: (page.wait_for_timeout(3000), route.continue_()))
    page.goto(f"{address}/?lang=en")
    sketch = page.locator(".st-key-sketch img")
    expect(sketch).to_be_visible()
    ready(page)
    expect(sketch).to_be_hidden()


def test_the_address_is_the_link(address, page):
    page.goto(f"{address}/?lang=en")
    ready(page)
    choose(page, EN("source.pick"), EN("signal.bumps"))
    choose(page, EN("denoise.method-b"), EN("method.visushrink"))
    page.get_by_role("radio", name=EN("view.removed"), exact=True).click()
    page.wait_for_url(re.compile("show=removed"), timeout=60_000)
    ready(page)
    link = page.url
    for part in ("name=bumps", "b=visushrink", "show=removed", "seed=0", "lang=en"):
        assert part in link
    metrics = page.get_by_test_id("stMetricValue").all_inner_texts()
    page.goto("about:blank")
    page.goto(link)
    ready(page)
    assert page.get_by_test_id("stMetricValue").all_inner_texts() == metrics
    assert page.url == link


def test_language_changes_while_everything_else_stays(address, page):
    page.goto(f"{address}/?lang=en&name=ecg&snr=0")
    ready(page)
    page.get_by_role("radio", name="中文").click()
    expect(page.get_by_role("heading", name=ZH("denoise.title"))).to_be_visible()
    ready(page)
    expect(page.get_by_role("combobox", name=ZH("source.pick"))).to_have_value(ZH("signal.ecg"))
    expect(charts(page).nth(1)).to_contain_text("子带")
    assert "name=ecg" in page.url
    assert "lang=zh" in page.url


def test_zoom_is_linked_across_the_rows(address, page):
    page.goto(f"{address}/?lang=en")
    ready(page)
    ranges = (
        charts(page)
        .nth(0)
        .evaluate(
            """async f => {
            const axes = Object.keys(f.layout).filter(k => k.startsWith('xaxis'));
            const matched = axes.filter(k => f.layout[k].matches).length;
            return [axes.length, matched];
        }"""
        )
    )
    assert ranges[0] == 3
    assert ranges[1] == 2


def test_a_hostile_name_is_shown_as_text_and_a_bad_file_leaves_the_picture(address, page, tmp_path):
    bad = tmp_path / "<img src=x onerror=document.title='owned'>.npy"
    bad.write_bytes(b"\x93NUMPY\x01\x00broken")
    page.goto(f"{address}/?lang=en")
    ready(page)
    page.get_by_role("radio", name=EN("source.upload")).click()
    page.locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    ready(page)
    assert page.title() != "owned"
    assert page.locator("img[src=x]").count() == 0


def test_a_phone_needs_no_sideways_scrolling(address, chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(f"{address}/?lang=zh")
    ready(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    choices = tab.locator("[data-testid=stButtonGroup] [role=radiogroup]").all()
    assert choices
    assert all(c.evaluate("c => c.scrollWidth <= c.clientWidth") for c in choices)
    context.close()


def test_a_threshold_is_dragged_typed_stepped_and_given_back(address, page):
    page.goto(f"{address}/?lang=en&a=bayesshrink&n=512")
    ready(page)
    scores = page.get_by_test_id("stMetricValue").all_inner_texts()
    grips = page.locator(".bands [role=slider]")
    expect(grips).to_have_count(6)
    own = [float(grip.get_attribute("aria-valuenow")) for grip in grips.all()]

    grips.nth(3).scroll_into_view_if_needed()
    box = grips.nth(3).bounding_box()
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(middle, box["y"] - 45, steps=4)
    moved = float(grips.nth(3).get_attribute("aria-valuenow"))
    assert moved > own[3], "the line moves before anything is sent"
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"a\.thresholds=auto\+auto\+auto\+"))
    ready(page)
    now = page.get_by_test_id("stMetricValue").all_inner_texts()
    assert now[1] != scores[1]
    assert now[2] == scores[2], "method B is as it was"
    expect(page.locator(".bands .ghost-line")).to_have_count(1)

    typed = page.locator(".bands input").nth(0)
    typed.fill("0.25")
    typed.press("Enter")
    expect(page).to_have_url(re.compile(r"a\.thresholds=0\.25\+auto\+auto\+\d"))
    ready(page)
    grips.nth(1).focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile(r"a\.thresholds=0\.25\+0\.\d+\+auto"))
    ready(page)
    expect(grips.nth(1)).to_be_focused()
    link = page.url
    assert float(grips.nth(1).get_attribute("aria-valuenow")) < own[1]

    page.get_by_role("button", name=EN("app.undo")).click()
    expect(page).to_have_url(re.compile(r"a\.thresholds=0\.25\+auto\+auto\+\d"))
    page.goto(link)
    ready(page)
    expect(page.locator(".bands .ghost-line")).to_have_count(3)
    page.get_by_role("button", name=EN("levels.back")).click()
    expect(page).not_to_have_url(re.compile("thresholds"))
    ready(page)
    assert page.get_by_test_id("stMetricValue").all_inner_texts() == scores
    assert [float(grip.get_attribute("aria-valuenow")) for grip in grips.all()] == own


def test_compare_shows_the_signal_of_denoise_and_ranks_it(address, page):
    page.goto(f"{address}/?lang=en&name=bumps&n=512&snr=3")
    ready(page)
    page.get_by_role("link", name=EN("compare.nav")).click()
    expect(page.get_by_role("heading", name=EN("compare.title"))).to_be_visible()
    ready(page)
    expect(page.get_by_role("combobox", name=EN("source.pick"))).to_have_value(EN("signal.bumps"))
    expect(page.get_by_text("closest to the clean signal")).to_be_visible()
    expect(page.get_by_role("button", name=EN("progress.cancel"))).to_have_count(0)
    assert "name=bumps" in page.url
    assert "/compare" in page.url
    page.get_by_role("link", name=EN("denoise.nav")).click()
    expect(page.get_by_role("heading", name=EN("denoise.title"))).to_be_visible()
    ready(page)
    assert "name=bumps" in page.url
