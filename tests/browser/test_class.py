"""A class in a real browser: the teacher's link hides and locks, a learner's guess comes back as a code."""

import re

from playwright.sync_api import expect

from app.i18n import Words
from tests.browser.studio import visiting

EN = Words("en")
expect.set_options(timeout=60_000)


def test_a_link_is_handed_out_and_a_guess_comes_back(tmp_path):
    with visiting("class?lang=en", viewport={"width": 1280, "height": 1000}) as page:
        page.get_by_role("button", name=EN("class.control.b"), exact=True).click()
        page.get_by_role("button", name=EN("class.lock.seed"), exact=True).click()
        page.get_by_role("radio", name=EN("class.ask.number")).click()
        link = page.locator("code").filter(has_text=re.compile("hide=b&lock=seed&ask="))
        expect(link).to_be_visible()
        expect(page.get_by_test_id("stImage").locator("img")).to_have_attribute("alt", re.compile("^QR code"))
        shown = page.get_by_test_id("stImage").locator("img").evaluate("i => i.naturalWidth > 0 && i.complete")
        assert shown, "the picture of squares is drawn"

        learner = page.context.new_page()
        learner.set_default_timeout(60_000)
        learner.goto(link.inner_text())
        expect(learner.get_by_role("combobox", name=EN("denoise.method-a"))).to_be_visible()
        expect(learner.get_by_role("combobox", name=EN("denoise.method-b"))).to_have_count(0)
        expect(learner.get_by_test_id("stMetric")).to_have_count(3)
        learner.get_by_label(EN("ask.guess")).fill("3.5")
        learner.get_by_role("button", name=EN("ask.code")).click()
        code = learner.locator(".st-key-class-question code")
        expect(code).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))

        with learner.expect_download() as file:
            learner.get_by_role("button", name=EN("ask.file")).click()
        saved = tmp_path / file.value.suggested_filename
        file.value.save_as(saved)

        page.get_by_role("radio", name=EN("class.task.collect")).click()
        page.locator("input[type=file]").set_input_files(saved)
        expect(
            page.get_by_text(EN("class.sentence.numbers", count=1, middle=3.5, low=3.5, high=3.5, unit=" dB"))
        ).to_be_visible()
        page.get_by_role("textbox", name=EN("class.codes")).fill(code.inner_text())
        page.get_by_role("spinbutton").fill("4")
        page.keyboard.press("Enter")
        expect(page.get_by_text(EN("class.sentence.numbers.truth", truth=4.0, near=0, unit=" dB"))).to_be_visible()
        expect(page.locator(".js-plotly-plot")).to_contain_text("truth 4")
        expect(page.get_by_text(EN("class.again", count=1))).to_be_visible()
