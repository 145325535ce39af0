"""The wheel in an empty place: `drsn` with app and weights, outside the checkout."""

import contextlib
import os
import socket
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel, unpack it into an empty environment that borrows only the dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True, text=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    zipfile.ZipFile(wheel).extractall(site)
    # Our own packages, without the .pth file of the editable install.
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "drsn" not in entry.name and entry.suffix != ".pth" and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    return folder


def run(installed, *arguments):
    python = installed / "env" / "bin" / "python"
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [python, *arguments], cwd=installed, env=env, capture_output=True, text=True, check=False, timeout=300
    )


def test_the_wheel_runs_outside_the_checkout(installed):
    where = run(installed, "-c", "import drsn_core; print(drsn_core.__file__)").stdout
    assert str(installed) in where
    for arguments in (
        ["synth", "bumps", "--snr", "5", "-o", "noisy.csv"],
        ["denoise", "noisy.csv", "--method", "drsn-cw", "-o", "clean.csv"],
    ):
        done = run(installed, "-m", "drsn_core.cli", *arguments)
        assert done.returncode == 0, done.stderr
    assert (installed / "clean.csv").stat().st_size > 1000


def test_the_wheel_carries_the_app_and_it_opens(installed):
    code = (
        "from drsn_core import bundle; from streamlit.testing.v1 import AppTest;"
        "page = AppTest.from_file(str(bundle.folder('app') / 'main.py'), default_timeout=120).run();"
        "assert not page.exception and not page.error, page;"
        "assert (bundle.folder('app') / '.streamlit' / 'config.toml').exists();"
        "import app; print(app.__file__, len(page.get('plotly_chart')))"
    )
    done = run(installed, "-c", code)
    assert done.returncode == 0, done.stderr
    place, charts = done.stdout.split()
    assert "_bundle" in place
    assert charts == "2"


def test_the_wheel_leaves_nothing_but_its_package(installed):
    (wheel,) = installed.glob("*.whl")
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"drsn_core"}


def test_the_first_start_on_a_fresh_account_asks_nothing(tmp_path):
    """Streamlit would ask for an e-mail address, and give up where nobody can answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "drsn_core.cli", "app", "--port", str(port)]
    env = {**os.environ, "HOME": str(tmp_path), "BROWSER": "true"}
    with (tmp_path / "log").open("w+") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        try:
            for _ in range(160):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert server.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.25)
            else:
                pytest.fail("the Studio did not start")
        finally:
            server.terminate()
            server.wait(20)
