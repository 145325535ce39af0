"""Make the pictures of README from the running Studio: `python assets/make_pictures.py` (needs Chromium).

The recording is the ECG that PyWavelets ships; Gaussian noise at 5 dB is added by the Studio.
"""

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import pywt
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
PORT = 8599
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def settle(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length > 3")
    page.wait_for_timeout(2500)


def main() -> None:
    server = subprocess.Popen([sys.executable, "-m", "drsn_core.cli", "app", "--no-browser", "--port", str(PORT)])
    try:
        for _ in range(60):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1360, "height": 1150})
            page.goto(f"http://127.0.0.1:{PORT}/?lang=en")
            settle(page)
            page.screenshot(path=HERE / "studio.png")

            ecg = Path(folder) / "ecg.csv"
            rows = "\n".join(f"{i / 360:.6f},{value:g}" for i, value in enumerate(pywt.data.ecg()))
            ecg.write_text(f"time,ecg\n{rows}\n")
            assert np.loadtxt(ecg, delimiter=",", skiprows=1).shape == (1024, 2)
            page.get_by_role("radio", name="Your file").click()
            page.locator("input[type=file]").set_input_files(ecg)
            page.get_by_text("1,024 samples").wait_for()
            page.get_by_role("button", name="More").first.click()
            page.get_by_role("combobox", name="Kind").click()
            page.get_by_role("option", name="Gaussian").click()
            page.keyboard.press("Escape")
            settle(page)
            page.locator(".js-plotly-plot").first.screenshot(path=HERE / "ecg-before-after.png")
            page.locator(".js-plotly-plot").nth(1).screenshot(path=HERE / "ecg-thresholds.png")
            print(page.get_by_test_id("stMetricLabel").all_inner_texts())
            print(page.get_by_test_id("stMetricValue").all_inner_texts())
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
