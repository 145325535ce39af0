"""The paper's experiment, repeated: whether its result holds, at which noise, how trainings went, what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app import diagnoses, state
from app.case import Case
from app.figures import repeated
from app.i18n import Words
from app.widgets import frame
from drsn_core.bench import findings
from drsn_core.bench.diagnosis import PAIRS, Cell, Summary, summaries
from drsn_core.bench.findings import Course
from drsn_core.bench.pairs import Difference
from drsn_core.noise import KINDS

#: What the paper claims above all: the first ahead of the second.
CLAIM = ("drsn-cw", "resnet")

#: One of so many 95 % intervals leaves out a difference that is none.
BY_LUCK = 20


def show(made: Mapping[str, object], cells: Sequence[Cell], case: Case, words: Words) -> None:
    """Read aloud: the answer, then what it rests on.

    Parameters
    ----------
    made, cells : what the bench has found for the task of the case, and what made it
    """
    mine = findings.trained(cells)
    rows = sorted(
        summaries(mine), key=lambda row: (repeated.split_of(row.setting).rank, _kind(row), repeated.order(row))
    )
    if not rows:
        st.info(words("diagnose.paper.none", task=case.task))
        return
    st.subheader(words("diagnose.paper.title"), anchor=False)
    answer(findings.principal(mine), words)
    noise = pick_noise(rows, case, words)
    here = sorted((row for row in rows if row.noise == noise), key=repeated.order)
    standing(here, mine, made, words)
    gaps(rows, findings.principal(mine), words)
    courses(here, mine, words)
    cost(findings.principal(mine) or mine, made, words)


def _kind(row: Summary) -> int:
    return list(KINDS).index(row.noise) if row.noise in KINDS else len(KINDS)


def answer(cells: Sequence[Cell], words: Words) -> None:
    """Whether the paper's claim holds, averaged over all that was tried."""
    gap = findings.overall(cells, *CLAIM)
    rows = summaries(list(cells))
    both = [row.accuracy for row in rows if set(CLAIM) <= row.accuracy.keys()]
    if gap is None:
        st.markdown(words("diagnose.paper.answer.few"))
        return
    verdict = "ahead" if gap.low > 0 else "behind" if gap.high < 0 else "unclear"
    facts = {
        "first": words(f"diagnose.model.{CLAIM[0]}"),
        "second": words(f"diagnose.model.{CLAIM[1]}"),
        "higher": sum(one[CLAIM[0]][0] > one[CLAIM[1]][0] for one in both),
        "rows": len(both),
        "paper": findings.in_paper(*CLAIM),
    }
    st.markdown(
        words(f"diagnose.paper.answer.{verdict}", mean=gap.mean, low=gap.low, high=gap.high, pairs=gap.pairs, **facts)
    )


def pick_noise(rows: Sequence[Summary], case: Case, words: Words) -> str:
    """Choose the kind of noise that is drawn; at first that of the page, where it was tried."""
    kinds = list(dict.fromkeys(row.noise for row in sorted(rows, key=_kind)))
    first = case.noise.kind if case.noise.kind in kinds else kinds[0]
    if len(kinds) == 1:
        return first
    chosen: str = st.segmented_control(
        words("diagnose.paper.noise"),
        kinds,
        default=first,
        required=True,
        format_func=lambda kind: words(f"noise.kind.{kind}"),
        key=state.key(f"paper-noise-{case.task}"),
        label_visibility="collapsed",
    )
    return chosen


def standing(rows: Sequence[Summary], cells: Sequence[Cell], made: Mapping[str, object], words: Words) -> None:
    """What each network reaches with one kind of noise."""
    drawn = repeated.accuracies(rows, cells, words=words, theme=frame.theme())
    best = []
    for row in rows:
        model = max(row.accuracy, key=lambda one: row.accuracy[one][0])
        facts = {"model": words(f"diagnose.model.{model}"), "mean": row.accuracy[model][0]}
        best.append(words("diagnose.paper.best.one", place=repeated.level(row, words), **facts))
    said = words(
        "diagnose.paper.best",
        noise=words(f"noise.kind.{rows[0].noise}"),
        best=words("diagnose.paper.best.join").join(best),
    )
    shown = [cell for cell in cells if (cell.setting, cell.noise) == (rows[0].setting, rows[0].noise)]
    commands = made.get("commands") or [made.get("command", "")]
    assert isinstance(commands, list)
    facts = {
        **diagnoses.origin(made),
        "command": " · ".join(str(command) for command in commands if "--shipped" not in str(command)),
        "seeds": min(count for row in rows for *_, count in row.accuracy.values()),
        "windows": shown[0].windows[0],
        "tested": shown[0].windows[1],
    }
    frame.put(drawn, "paper", said)
    st.caption(words("diagnose.paper.said", **facts))


def gaps(rows: Sequence[Summary], cells: Sequence[Cell], words: Words) -> None:
    """The paired differences with their intervals: a row a condition, then all of them, then the paper."""
    none = words("diagnose.paper.cell.none")
    lines = []
    for row in rows:
        order = "few" if row.order_holds is None else "holds" if row.order_holds else "fails"
        found = (_cell(_gap(row.differences, pair), words) for pair in PAIRS)
        lines.append((repeated.place(row, words), *found, words(f"diagnose.paper.{order}")))
    if len(findings.conditions(cells)) > 1:
        whole = (_cell(findings.overall(cells, *pair), words) for pair in PAIRS)
        lines.append((words("diagnose.paper.row.all"), *whole, none))
    there = (findings.in_paper(*pair) for pair in PAIRS)
    said = (none if one is None else words("diagnose.paper.cell.paper", mean=one) for one in there)
    lines.append((words("diagnose.paper.row.paper"), *said, none))
    heads = [words("diagnose.paper.column.row")]
    for first, second in PAIRS:
        names = {"first": words(f"diagnose.model.{first}"), "second": words(f"diagnose.model.{second}")}
        heads.append(words("diagnose.paper.column.gap", **names))
    _table([*heads, words("diagnose.paper.column.order")], lines)
    count = sum(len(row.differences) for row in rows)
    st.caption(words("diagnose.paper.gaps", count=count, luck=count / BY_LUCK))
    if any(repeated.split_of(row.setting).leaky for row in rows):
        st.caption(words("diagnose.paper.leak"))


def _table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    st.table(
        {head: list(column) for head, column in zip(heads, zip(*lines, strict=True), strict=True)}, border="horizontal"
    )


def _gap(found: Sequence[Difference], pair: tuple[str, str]) -> Difference | None:
    return next((gap for gap in found if (gap.first, gap.second) == pair), None)


def _cell(gap: Difference | None, words: Words) -> str:
    if gap is None:
        return words("diagnose.paper.cell.none")
    clear = "unclear" if gap.low <= 0 <= gap.high else "clear"
    mean, low, high = (round(value, 1) + 0.0 for value in (gap.mean, gap.low, gap.high))  # no negative zero
    return words(f"diagnose.paper.cell.{clear}", mean=mean, low=low, high=high)


def courses(rows: Sequence[Summary], cells: Sequence[Cell], words: Words) -> None:
    """How the mistakes fell, epoch by epoch, in one row; nothing where no row has kept its curves."""
    kept: dict[str, Course] = {}
    for row in rows:
        mine = [c for c in cells if (c.setting, c.noise, c.snr_db) == (row.setting, row.noise, row.snr_db)]
        if (course := findings.course(mine)) is not None:
            kept[repeated.level(row, words)] = course
    if not kept:
        return
    st.subheader(words("diagnose.paper.errors.title"), anchor=False)
    chosen = next(iter(kept))
    if len(kept) > 1:
        chosen = st.segmented_control(
            words("diagnose.paper.errors.title"),
            list(kept),
            default=chosen,
            required=True,
            key=state.key(f"paper-row-{rows[0].noise}"),
            label_visibility="collapsed",
        )
    course = kept[chosen]
    last = {model: 100 * float(errors[-1]) for model, errors in course.validation.items()}
    low, high = min(last, key=last.__getitem__), max(last, key=last.__getitem__)
    sentence = words(
        "diagnose.paper.errors.said",
        epochs=course.epochs,
        low=words(f"diagnose.model.{low}"),
        high=words(f"diagnose.model.{high}"),
        least=last[low],
        most=last[high],
        least_training=100 * float(course.training[low][-1]),
        most_training=100 * float(course.training[high][-1]),
        seeds=course.seeds,
    )
    step = course.steps[0]
    if step < course.epochs:
        before, after = (
            100 * sum(float(errors[epoch]) for errors in course.validation.values()) / len(last)
            for epoch in (step - 1, step)
        )
        sentence += " " + words(
            "diagnose.paper.errors.steps", first=step, second=course.steps[1], before=before, after=after
        )
    drawn = repeated.errors(course, words=words, theme=frame.theme())
    frame.put(drawn, "errors", sentence)
    st.caption(words("diagnose.paper.errors.paper"))


def cost(cells: Sequence[Cell], made: Mapping[str, object], words: Words) -> None:
    """Parameters and times of the networks, beside what the paper says of its own."""
    found = findings.costs(cells)
    twin = next((one for one in found if one.model == CLAIM[1]), None)
    if twin is None:
        return
    st.subheader(words("diagnose.paper.cost.title"), anchor=False)
    none = words("diagnose.paper.cell.none")
    paper = findings.PAPER_SECONDS
    columns = ("network", "parameters", "training", "ratio", "paper", "window")
    lines = []
    for one in found:
        theirs = paper[one.model] / paper[twin.model] if one.model in paper else None
        ratio = one.train_cpu_s / twin.train_cpu_s if twin.train_cpu_s else None
        lines.append(
            (
                words(f"diagnose.model.{one.model}"),
                words("diagnose.paper.cost.count", count=one.parameters),
                words("diagnose.paper.cost.seconds", seconds=one.train_cpu_s, least=one.least_s, most=one.most_s),
                none if ratio is None else words("diagnose.paper.cost.times", ratio=ratio),
                none if theirs is None else words("diagnose.paper.cost.times", ratio=theirs),
                words("diagnose.paper.cost.milliseconds", milliseconds=one.test_ms_a_window),
            )
        )
    _table([words(f"diagnose.paper.cost.{name}") for name in columns], lines)
    origin = diagnoses.origin(made)
    st.caption(
        words(
            "diagnose.paper.cost.said",
            cells=min(one.cells for one in found),
            windows=cells[0].windows[0],
            machine=origin["machine"],
            date=origin["date"],
        )
    )
