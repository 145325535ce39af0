"""Settings that every test shares."""

import os
import pkgutil
from importlib import import_module

import hypothesis
import pytest
from jaxtyping import install_import_hook

from tests.serving import AT_THE_END

# While testing, the shapes in the networks' signatures are checked at every call. All is imported here, before there
# are threads: two that compile syntax trees at once can meet a SystemError in Python 3.11.
with install_import_hook("drsn_core.nn", "beartype.beartype"):
    for module in pkgutil.iter_modules(import_module("drsn_core.nn").__path__, "drsn_core.nn."):
        import_module(module.name)

hypothesis.settings.register_profile("drsn", deadline=None, max_examples=40, derandomize=True)
hypothesis.settings.load_profile("drsn")


def pytest_sessionfinish():
    """End the server that tests share, if one was started."""
    AT_THE_END.close()


@pytest.fixture(autouse=True)
def one_thread():
    """Two cores, many tests: one thread a network is quicker than two that wait for each other."""
    import torch

    torch.set_num_threads(1)


def needs_browser():
    """The path of Chromium. Skips where there is none; fails in CI, where there must be one."""
    import shutil

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium, and a browser test must not be skipped in CI")
        pytest.skip("no Chromium on this machine")
    return path
