"""Pages under test do not wait for a browser."""

import functools

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_look_through_the_packages():
    """Streamlit looks for components in every installed package for each page under test, a third of a page's time."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    from app.views import denoise, images

    monkeypatch.setattr(denoise, "PAINT_SECONDS", 0)
    monkeypatch.setattr(images, "PAINT_SECONDS", 0)
