"""The files to deploy with: nginx really runs with the one for nginx, before two servers that say who they are."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import shutil
import subprocess
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tests.serving import DEPLOY, balancing, free_port, nginx

ROOT = Path(__file__).resolve().parents[2]


def needs_nginx() -> None:
    if nginx() is None:
        pytest.skip("no nginx on this machine")


@contextlib.asynccontextmanager
async def replica(port: int) -> AsyncIterator[None]:
    """A server that answers every page and every message with its port, and with what it was told."""

    def answer(line: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade"):
            return None
        told = "\n".join([str(port), *(f"{name}: {value}" for name, value in request.headers.raw_items())])
        return Response(200, "OK", Headers({"Content-Type": "text/plain"}), told.encode())

    async def talk(line: ServerConnection) -> None:
        async for message in line:
            await line.send(f"{port} {message}")

    async with serve(talk, "127.0.0.1", port, process_request=answer, subprotocols=["streamlit"]):
        yield


def ask(port: int, cookie: str = "", method: str = "GET", body: bytes | None = None) -> tuple[int, str, list[str]]:
    """A page: status, who answered and what it was told, cookies that were set."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request(method, "/", body, {"Host": "studio.example.org:8080", **({"Cookie": cookie} if cookie else {})})
        answer = line.getresponse()
        return answer.status, answer.read().decode(), answer.msg.get_all("Set-Cookie") or []


async def through(folder: Path, what: str) -> dict[str, object]:
    """Everything that is asked of nginx with two replicas behind it, and with one of them lost."""
    port, ports = free_port(), (free_port(), free_port())
    found: dict[str, object] = {}
    with balancing(folder, port, ports):
        async with replica(ports[0]):
            async with replica(ports[1]):
                visitors = [await asyncio.to_thread(ask, port) for _ in range(40)]
                cookies = [set_[0].split(";")[0] for _, _, set_ in visitors]
                found["whom"] = {said.splitlines()[0] for _, said, _ in visitors}
                found["told"] = visitors[0][1].lower()
                found["cookie"] = visitors[0][2][0]
                again = [[await asyncio.to_thread(ask, port, cookie) for _ in range(3)] for cookie in cookies]
                found["stays"] = all(
                    said.splitlines()[0] == first[1].splitlines()[0] and not set_
                    for first, three in zip(visitors, again, strict=True)
                    for _, said, set_ in three
                )
                found["large"] = (await asyncio.to_thread(ask, port, cookies[0], "PUT", b"0" * (52 * 2**20)))[0]
                talks = []
                for cookie, first in zip(cookies[:8], visitors[:8], strict=True):
                    async with connect(
                        f"ws://127.0.0.1:{port}/_stcore/stream",
                        subprotocols=["streamlit"],
                        additional_headers={"Cookie": cookie},
                    ) as line:
                        await line.send(what)
                        talks.append(await line.recv() == f"{first[1].splitlines()[0]} {what}")
                        talks.append(line.subprotocol == "streamlit")
                found["talks"] = all(talks)
            lost = [await asyncio.to_thread(ask, port, cookie) for cookie in cookies]
            found["after a loss"] = {(status, said.splitlines()[0]) for status, said, _ in lost} == {
                (200, str(ports[0]))
            }
    return found


def test_behind_nginx_every_visitor_stays_at_one_replica_and_none_is_lost_with_one(tmp_path):
    needs_nginx()
    found = asyncio.run(through(tmp_path, "a message"))
    assert len(found["whom"]) == 2, "all visitors went to one replica"
    assert found["stays"]
    assert found["talks"], "a WebSocket did not reach the replica of its page"
    assert found["large"] == 413
    assert found["after a loss"]
    assert "host: studio.example.org:8080" in found["told"]
    assert "x-forwarded-for: 127.0.0.1" in found["told"]
    assert found["cookie"].endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert "[emerg]" not in (tmp_path / "error.log").read_text()


def test_a_forged_cookie_gets_a_new_one(tmp_path):
    needs_nginx()

    async def forged() -> list[list[str]]:
        port, ports = free_port(), (free_port(), free_port())
        with balancing(tmp_path, port, ports):
            async with replica(ports[0]), replica(ports[1]):
                return [
                    (await asyncio.to_thread(ask, port, f"drsn_replica={value}"))[2]
                    for value in ("x", "127.0.0.1:22", "0" * 31, "0" * 33, "A" * 32)
                ]

    assert all(len(cookies) == 1 for cookies in asyncio.run(forged()))


def test_the_unit_of_systemd_is_one(tmp_path):
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd on this machine")
    text = (DEPLOY / "drsn-studio@.service").read_text()
    unit = tmp_path / "drsn-studio@.service"
    unit.write_text(text.replace("/opt/drsn-studio/bin/drsn", shutil.which("true") or "/bin/true"))
    checked = subprocess.run([tool, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "drsn-studio" not in checked.stderr, checked.stderr


def test_the_container_is_built_of_what_the_wheel_is_made_of_and_of_nothing_else():
    """A checkout also holds its history and an environment; neither is for an image."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["project"]["readme"], "LICENSE", *wheel["packages"], *wheel["force-include"]}
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert {source for sources in copied for source in sources} == needed
    assert all((ROOT / source).exists() for source in needed)


def test_the_command_in_the_unit_and_in_the_container_is_one_that_exists():
    from typer.testing import CliRunner

    from drsn_core.cli import cli

    usage = CliRunner().invoke(cli, ["app", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    for name in ("drsn-studio@.service", "Containerfile"):
        command = next(line for line in (DEPLOY / name).read_text().splitlines() if "drsn app --no" in line)
        options = {word for word in command.replace('"', " ").split() if word.startswith("--")}
        assert options
        for option in options:
            assert option in usage
