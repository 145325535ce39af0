"""Pages under test do not wait for a browser."""

import pytest


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    from app.views import denoise, images

    monkeypatch.setattr(denoise, "PAINT_SECONDS", 0)
    monkeypatch.setattr(images, "PAINT_SECONDS", 0)
