"""How long a visitor waits: `python -m tests.browser.measure_page` (needs Chromium; seconds, median and range).

"sketch" and "chart" are counted from opening the page in an empty browser; "noise" and "network" from pressing an arrow
key on the noise slider to new scores on the page, with two wavelet methods or with a wavelet and a network on 4,096
samples.
"""

import os
import platform
import shutil
import statistics
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.studio import FLAGS, serving

WATCH = """
window.seen = {};
const wanted = {sketch: '.st-key-sketch img', chart: '.js-plotly-plot .main-svg'};
new MutationObserver(() => {
  for (const [name, place] of Object.entries(wanted))
    if (!(name in window.seen) && document.querySelector(place)) {
      window.seen[name] = null;
      requestAnimationFrame(() => requestAnimationFrame(() => { window.seen[name] = performance.now() / 1000; }));
    }
}).observe(document, {childList: true, subtree: true});
"""
#: Our policy for pages lets nobody run text as a script; waiting for a condition does just that.
CONTEXT: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "bypass_csp": True}
CHANGE = """async () => {
  const score = () => document.querySelectorAll('[data-testid=stMetricValue]')[2].innerText;
  const before = score(), began = performance.now();
  return await new Promise(done => {
    const look = () => score() !== before ? done((performance.now() - began) / 1000) : setTimeout(look, 5);
    look();
  });
}"""


def opened(browser: Browser, address: str) -> dict[str, float]:
    """Open the page in a browser without a cache."""
    context = browser.new_context(**CONTEXT)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("window.seen.chart")
    seen: dict[str, float] = page.evaluate("window.seen")
    context.close()
    return seen


def changes(browser: Browser, address: str, method: str, count: int) -> list[float]:
    """Change the noise ``count`` times."""
    page = browser.new_page(**CONTEXT)
    page.goto(f"{address}/?n=4096&b={method}")
    page.wait_for_function("document.querySelectorAll('[data-testid=stMetricValue]').length == 3")
    page.wait_for_timeout(4000)
    page.get_by_role("slider").first.focus()
    waits = []
    for _ in range(count):
        page.wait_for_timeout(1500)
        page.evaluate(f"window.change = ({CHANGE})(); null")
        page.keyboard.press("ArrowRight")
        waits.append(page.evaluate("window.change"))
    page.close()
    return waits


def main() -> None:
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        first, *rest = [opened(browser, address) for _ in range(9)]
        rows = {
            "sketch, first visitor": [first["sketch"]],
            "chart, first visitor": [first["chart"]],
            "sketch": [seen["sketch"] for seen in rest],
            "chart": [seen["chart"] for seen in rest],
            "noise": changes(browser, address, "sureshrink", 9),
            "network": changes(browser, address, "drsn-cw", 9),
        }
        browser.close()
    print(
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )
    for name, seconds in rows.items():
        print(f"{name:22} {statistics.median(seconds):.2f}  ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
