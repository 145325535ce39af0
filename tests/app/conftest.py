"""Pages under test do not wait for a browser."""

import pytest


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    from app.views import denoise

    monkeypatch.setattr(denoise, "PAINT_SECONDS", 0)
