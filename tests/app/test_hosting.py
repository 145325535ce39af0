"""The server as strangers meet it: whom it answers, what it takes, what it says when something breaks."""

import asyncio
import contextlib
import gzip
import http.client
import json
import logging
import os
import subprocess
import sys

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.hosting import assets, failure, headers, life
from app.hosting.gate import LOOPBACK, Names
from app.hosting.uploads import FILES, SESSION_BYTES
from app.i18n import Words
from tests.load.visitor import cookie, put, visiting
from tests.serving import running

MB = 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as out, running(log=out, ready=False) as started:
        started.wait("/ready", b"ready")
        yield started
    assert "Traceback" not in log.read_text()
    assert "external IP" not in log.read_text(), "the server asked an outside service for its address"


def ask(server, path="/", method="GET", body=None, **sent):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as line:
        line.request(method, path, body, sent)
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "127.0.0.1/x", ":", "[::1"])
def test_a_name_that_is_not_ours_is_refused(server, host):
    status, _, body = ask(server, Host=host)
    assert status in (400, 403)
    assert b"<html" not in body


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_names_of_this_machine_are_ours_at_any_port(server, name):
    assert ask(server, Host=f"{name}:{server.port}")[0] == 200
    assert ask(server, Host=name)[0] == 200


def test_the_first_page_is_found_by_its_name_too(server):
    status, headers, _ = ask(server, "/denoise?lang=zh&name=blocks")
    assert (status, headers["location"]) == (307, "./?lang=zh&name=blocks")
    assert ask(server, "/denoise")[1]["location"] == "./"


def test_scripts_styles_and_fonts_come_packed_and_are_what_they_were(server):
    files = [path for path in assets.FOLDER.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".js", ".css", ".woff2"}
    sent = 0
    for path in files:
        address = f"/static/{path.relative_to(assets.FOLDER).as_posix()}"
        status, told, body = ask(server, address, **{"Accept-Encoding": "gzip, br"})
        assert status == 200
        assert "immutable" in told["cache-control"]
        assert "content-security-policy" in told
        packed = told.get("content-encoding") == "gzip"
        assert packed is (path.suffix not in assets.PACKED)
        assert (gzip.decompress(body) if packed else body) == path.read_bytes()
        sent += len(body)
    assert sent < 0.45 * sum(path.stat().st_size for path in files)


def test_who_takes_nothing_packed_or_wants_a_part_gets_what_streamlit_sends(server):
    path = max(assets.FOLDER.rglob("*.js"), key=lambda path: path.stat().st_size)
    address = f"/static/js/{path.name}"
    _, told, body = ask(server, address)
    assert "content-encoding" not in told
    assert body == path.read_bytes()
    status, _, part = ask(server, address, Range="bytes=5-9", **{"Accept-Encoding": "gzip"})
    assert (status, part) == (206, body[5:10])
    status, told, nothing = ask(server, address, "HEAD", **{"Accept-Encoding": "gzip"})
    assert (status, nothing) == (200, b"")
    assert ask(server, address, Host="evil.example", **{"Accept-Encoding": "gzip"})[0] == 403


def test_two_who_ask_for_the_same_file_at_once_have_it_packed_once(monkeypatch):
    path = next(assets.FOLDER.rglob("*.css"))
    read = []
    pack = assets.Asset.read
    monkeypatch.setattr(assets.Asset, "read", lambda path: read.append(path) or pack(path))

    async def both():
        middleware = assets.Assets(None)
        return await asyncio.gather(middleware.asset(path), middleware.asset(path))

    first, second = asyncio.run(both())
    assert first is second
    assert read == [path]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "https://localhost:9", "null", "x"])
def test_a_page_of_somebody_else_is_refused_by_request_and_by_websocket(server, origin):
    assert ask(server, "/_stcore/host-config", Origin=origin)[0] == 403

    async def knock() -> None:
        async with connect(f"ws://127.0.0.1:{server.port}/_stcore/stream", origin=origin, subprotocols=["streamlit"]):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(knock())
    assert refused.value.response.status_code == 403


def test_a_websocket_under_a_foreign_name_is_refused(server):
    async def knock() -> None:
        address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        async with connect(address, additional_headers={"Host": "evil.example"}, subprotocols=["streamlit"]):
            pass

    with pytest.raises(InvalidStatus):
        asyncio.run(knock())


def test_our_own_page_and_programs_without_a_page_may_talk_to_us(server):
    assert ask(server, "/_stcore/host-config", Origin=server.address)[0] == 200
    assert ask(server, "/_stcore/host-config")[0] == 200


@pytest.mark.parametrize(("path", "body"), [("/ready", b"ready"), ("/_stcore/health", b"ok")])
def test_supervisors_may_ask_under_any_name_how_it_goes(server, path, body):
    status, _, said = ask(server, path, Host="10.1.2.3:8501")
    assert (status, said) == (200, body)


@pytest.mark.parametrize("path", ["/", "/images", "/_stcore/health", "/media/none", "/static/js/none.js", "/ready"])
def test_every_answer_has_the_headers_that_protect_a_visitor(server, path):
    _, given, _ = ask(server, path)
    given = {name.lower(): value for name, value in given.items()}
    for name, value in headers.headers().items():
        assert given[name.lower()] == value
    policy = dict(part.split(" ", 1) for part in given["content-security-policy"].split("; "))
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'self'"


def test_sites_that_may_frame_the_studio_are_named_in_the_policy_and_nothing_else_gets_into_it(monkeypatch):
    monkeypatch.setenv(headers.FRAMED_BY, "https://moodle.school.edu 'unsafe' *; script-src https://*.lms.org:8443")
    sites = headers.framing_sites()
    assert sites == ("https://moodle.school.edu", "https://*.lms.org:8443")
    given = headers.headers(sites)
    assert "X-Frame-Options" not in given
    assert given["Content-Security-Policy"].endswith(
        "frame-ancestors 'self' https://moodle.school.edu https://*.lms.org:8443"
    )


@pytest.mark.parametrize(
    ("hosts", "host", "known"),
    [
        (LOOPBACK, "127.0.0.1:8501", True),
        (LOOPBACK, "192.168.1.2:8501", False),
        ((), "anything.example", True),
        ((), "", False),
        (("studio.school.edu",), "Studio.School.edu.", True),
        (("studio.school.edu",), "xstudio.school.edu", False),
        (("*.school.edu",), "a.school.edu", True),
        (("*.school.edu",), "school.edu", False),
        (("*.school.edu",), "school.edu.evil.example", False),
    ],
)
def test_the_names_a_server_goes_by(hosts, host, known):
    assert Names(hosts).know(host) is known


def test_a_page_named_in_the_settings_may_talk_to_us():
    names = Names(origins=frozenset({"https://portal.school.edu"}))
    assert names.trust("https://portal.school.edu", "studio.school.edu")
    assert names.trust("https://studio.school.edu", "studio.school.edu")
    assert not names.trust("https://portal.school.edu:1", "studio.school.edu")


async def _as_visitor(server, what):
    async with visiting(server.address) as visitor:
        url = f"{server.address}/_stcore/upload_file/{visitor.session}"
        return await what(visitor, url, cookie(server.address))


def test_an_upload_needs_the_token_and_a_session_and_has_a_size(server):
    async def uploads(visitor, url, token):
        return {
            "no token": put(f"{url}/a", "a.csv", b"1\n2\n", ""),
            "good": put(f"{url}/a", "a.csv", b"1\n2\n", token),
            "nobody's": put(f"{url[:-3]}xyz/a", "a.csv", b"1\n2\n", token),
            "too large": put(f"{url}/b", "b.csv", b"0" * (51 * MB), token),
        }

    status = asyncio.run(_as_visitor(server, uploads))
    assert status == {"no token": 403, "good": 204, "nobody's": 400, "too large": 413}


def test_an_upload_that_hides_its_size_is_refused_while_it_comes(server):
    async def uploads(visitor, url, token):
        def send() -> int:
            edge = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            pieces = [edge, *[b"0" * MB] * 53, b"\r\n--edge--\r\n"]
            sent = {"Cookie": f"_streamlit_xsrf={token}", "X-Xsrftoken": token, "Transfer-Encoding": "chunked"}
            sent["Content-Type"] = "multipart/form-data; boundary=edge"
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line:
                try:
                    line.request(
                        "PUT", url.removeprefix(server.address) + "/c", iter(pieces), sent, encode_chunked=True
                    )
                    return line.getresponse().status
                except (BrokenPipeError, ConnectionError):
                    return 413

        return await asyncio.to_thread(send)

    assert asyncio.run(_as_visitor(server, uploads)) == 413


def test_a_session_may_leave_only_so_many_files_and_bytes(server):
    async def uploads(visitor, url, token):
        few = [put(f"{url}/{i}", "a.csv", b"1\n2\n", token) for i in range(FILES + 2)]
        return few

    assert asyncio.run(_as_visitor(server, uploads)) == [204] * FILES + [413] * 2

    async def large(visitor, url, token):
        return [put(f"{url}/{i}", "a.csv", b"0" * (45 * MB), token) for i in range(4)]

    assert asyncio.run(_as_visitor(server, large)) == [204] * (SESSION_BYTES // (45 * MB)) + [413] * 2


def test_two_visitors_never_see_what_the_other_sent(server):
    """Each opens a file with a name of its own; whatever the server says to one is searched for the other."""

    async def visit(name: str, values: str, token: str, rounds: int) -> bytes:
        async with visiting(server.address, keep=True) as visitor:
            kind = visitor.named("button_group", "source-kind")
            await visitor.run({kind.id: ("string_array_value", [Words("en")("source.upload")])})
            uploader = visitor.named("file_uploader", "upload")
            assert await visitor.upload(server.address, uploader.id, name, values.encode(), token) == 204
            await visitor.run()
            for _ in range(rounds):
                await visitor.run()
            assert visitor.errors == []
            return b"".join(message for run in visitor.runs for message in run.raw)

    async def both() -> tuple[bytes, bytes]:
        token = cookie(server.address)
        ramps = ["\n".join(f"{scale * (i % 17)}" for i in range(400)) for scale in (1.0, 3.0)]
        return await asyncio.gather(
            visit("canary-alice.csv", ramps[0], token, 10), visit("canary-bob.csv", ramps[1], token, 10)
        )

    alice, bob = asyncio.run(both())
    assert b"canary-alice" in alice
    assert b"canary-bob" in bob
    assert b"canary-bob" not in alice
    assert b"canary-alice" not in bob


def test_what_breaks_is_told_by_a_number_that_the_log_explains(caplog):
    with caplog.at_level(logging.ERROR):
        try:
            raise ValueError("the secret of /srv/app")
        except ValueError as error:
            answer = asyncio.run(failure.in_request(None, error))
    assert answer.status_code == 500
    assert b"secret" not in answer.body
    number = caplog.messages[0].split()[-1]
    assert number.encode() in answer.body
    assert "the secret" in caplog.text


def test_the_host_page_is_told_to_expect_messages_from_nobody(server):
    _, _, body = ask(server, "/_stcore/host-config")
    assert json.loads(body)["enableCustomParentMessages"] is False


@pytest.mark.parametrize(
    ("before", "after"), [((256, 2048), 2048), ((256, 20_000), life.OPEN_FILES), ((9000, 9001), 9000)]
)
def test_as_many_files_may_be_open_as_the_machine_allows_and_never_fewer_than_before(before, after):
    resource = pytest.importorskip("resource")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < before[1]:
        pytest.skip("this machine allows fewer")
    code = (
        f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, {before}); from app.hosting import life;"
        "life.allow_open_files(); print(r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str((after, before[1]))


def test_what_plotly_looks_for_is_there_before_the_first_visitor():
    """Plotly takes half-loaded packages for whole ones; with two visitors at once, one would be loading them."""
    script = (
        "import asyncio, sys\n"
        "from app.hosting import life\n"
        "assert 'pandas' not in sys.modules, 'the server loads it by itself: this test tests nothing'\n"
        "life._load = lambda: None\n"
        "async def start():\n"
        "    async with life.lifespan(None):\n"
        "        sys.modules['pandas'].Series\n"
        "asyncio.run(start())\n"
    )
    env = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    run = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_end_of_python_waits_for_what_is_being_loaded():
    """A thread that is cut short in the middle of C++ would end the process with an error."""
    told = "atexit.register(lambda: print(compute.WARM.is_set()))"
    code = f"import atexit; from app import compute; {told}; compute.warm_up()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "True")
