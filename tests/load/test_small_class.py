"""A small class at the real server: all get their page and nothing of each other's; how long it takes is not judged."""

from __future__ import annotations

import asyncio

import pytest

from app.i18n import Words
from tests.load import course
from tests.load.visitor import visiting
from tests.serving import running

WORDS = Words("en")
#: The sentence about a place in the queue, up to its number.
QUEUE = WORDS("progress.waiting", place=0).partition("0")[0].encode()
LARGEST_GROWTH_MB = 300
#: Bytes of all charts of one run.
LARGEST_FIGURES = 150_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    log = tmp_path_factory.mktemp("class") / "log"
    with log.open("w") as out, running(log=out) as started:
        yield started
    assert "Traceback" not in log.read_text()


def test_all_who_come_at_once_get_their_page(server):
    """Also the very first, who find a server that nobody has used yet."""
    seconds, errors, health = asyncio.run(course.first_loads(server, 12))
    assert errors == []
    assert len(seconds) == 12
    assert health.failures == 0


@pytest.mark.parametrize("page", ["", "images", "diagnose", "inside", "play"])
def test_the_figures_of_a_run_are_small(server, page):
    async def visit() -> list[int]:
        async with visiting(server.address, page=page) as visitor:
            await visitor.run()
            assert visitor.errors == []
            return [run.figures for run in visitor.runs]

    found = asyncio.run(visit())
    assert 0 < max(found) < LARGEST_FIGURES


def test_all_who_were_never_here_get_the_files_of_the_page(server):
    files = asyncio.run(course.all_files(server, 8))
    assert len(course.first_files()) > 20
    assert files.errors == []
    assert 1 < files.megabytes < 4


def test_all_who_pull_at_a_slider_get_an_answer_and_memory_stays_bounded(server):
    before = course.memory_mb(server)
    seconds, errors, health = asyncio.run(course.reruns(server, 8, 1.0))
    assert errors == []
    assert len(seconds) == 8
    assert health.failures == 0
    assert course.memory_mb(server) - before < LARGEST_GROWTH_MB


def test_more_computations_than_cores_wait_with_a_place_in_sight_and_nobody_gets_anothers(server):
    """Each has noise of its own; the seed that a page shows, and the link that it keeps, are those it was asked for."""

    async def visit(seed: int) -> tuple[int, str, bytes]:
        query = f"v=1&source=synth&name=doppler&n=65536&noise=gaussian&snr=5&seed={seed}&a=ebayes-auto&b=drsn-cw"
        async with visiting(server.address, query=query, keep=True) as visitor:
            assert visitor.errors == []
            shown = int(visitor.named("number_input", "seed").default)
            return shown, visitor.named("slider", "snr").id, b"".join(m for run in visitor.runs for m in run.raw)

    async def everybody() -> list[tuple[int, str, bytes]]:
        return await asyncio.gather(*(visit(41_000 + seed) for seed in range(8)))

    found = asyncio.run(everybody())
    assert [seed for seed, _, _ in found] == [41_000 + seed for seed in range(8)]
    assert any(QUEUE in raw for _, _, raw in found), "nobody was told a place in the queue"
    for seed, _, raw in found:
        strangers = [str(other).encode() for other, _, _ in found if other != seed]
        assert not any(f"seed={other.decode()}".encode() in raw for other in strangers)


def test_one_who_stops_a_large_job_is_heard_and_the_others_go_on(server):
    large = asyncio.run(course.large_file(server, 3_000_000, 3, 3.0))
    assert large.errors == []
    assert len(large.others) >= 3
    assert large.health.failures == 0


def test_visitors_who_have_left_leave_nothing_behind(tmp_path):
    """A session has three open files: they go when its time is over, without anybody else having to come."""
    with (
        (tmp_path / "log").open("w") as out,
        running(log=out, STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="2") as started,
    ):
        asyncio.run(course.first_loads(started, 3))  # what only the first visitors start
        found = asyncio.run(course.soak(started, 20, 1, until_gone=120.0))
    assert found.errors == []
    assert found.threads < 10
    assert found.files <= course.FEW


def test_figures_become_a_table():
    assert course.table([("a", "b", "c")]).splitlines()[-1] == "| a | b | c |"
    assert course.percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert course.Soak([50, 100, 150, 200], [10, 20, 20, 21], 0, 0, []).slope == pytest.approx(2.0)
