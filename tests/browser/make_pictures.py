"""Make the pictures of README from the running Studio: `python -m tests.browser.make_pictures` (needs Chromium).

The recording is the ECG that PyWavelets ships; Gaussian noise at 5 dB is added by the Studio.
"""

import shutil
import tempfile
from pathlib import Path

import pywt
from playwright.sync_api import Page, sync_playwright

from tests.browser.studio import FLAGS, serving

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def settle(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length > 3")
    page.wait_for_timeout(2500)


def main() -> None:
    with serving() as address, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 1150})
        page.goto(f"{address}/?lang=en")
        settle(page)
        page.screenshot(path=ASSETS / "studio.png")

        ecg = Path(folder) / "ecg.csv"
        rows = "\n".join(f"{i / 360:.6f},{value:g}" for i, value in enumerate(pywt.data.ecg()))
        ecg.write_text(f"time,ecg\n{rows}\n")
        page.get_by_role("radio", name="Your file").click()
        page.locator("input[type=file]").set_input_files(ecg)
        page.get_by_text("1,024 samples").wait_for()
        page.get_by_role("button", name="More").first.click()
        page.get_by_role("combobox", name="Kind").click()
        page.get_by_role("option", name="Gaussian").click()
        page.keyboard.press("Escape")
        settle(page)
        page.locator(".js-plotly-plot").first.screenshot(path=ASSETS / "ecg-before-after.png")
        page.locator(".js-plotly-plot").nth(1).screenshot(path=ASSETS / "ecg-thresholds.png")
        print(page.get_by_test_id("stMetricLabel").all_inner_texts())
        print(page.get_by_test_id("stMetricValue").all_inner_texts())
        browser.close()


if __name__ == "__main__":
    main()
