"""All page state: the recipe, how it is looked at, and the link that holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NoReturn

import streamlit as st

from app import case as cases
from app import classroom, i18n, rounds, selection, track
from app.case import Case
from drsn_core import io
from drsn_core import recipe as recipes
from drsn_core.data import Image, Signal
from drsn_core.errors import NoNumbers, quote
from drsn_core.recipe import LinkProblem, Recipe
from drsn_core.synth import SIGNALS, curves
from drsn_core.train.race import Race

#: Stands for "nothing" where a part of a link has no meaning.
UNUSED = "-"

#: How many steps "undo" remembers.
UNDO_DEPTH = 50


@dataclass(frozen=True)
class View:
    """What of an experiment is shown, and how; part of the link, but not of the experiment.

    ``start`` and ``stop`` are the drawn part in per cent of the recording; ``panels`` how many methods the page Compare
    draws; ``bands`` whose coefficients are shown, "a" or "b" ("first": those of the first method that has some).

    Of a picture: ``pair`` are the two versions that the wipe goes between; ``x`` and ``y`` the middle of the enlarged
    part in per cent of width and height, ``zoom`` how much it is enlarged; ``residue`` which difference is shown.
    """

    lang: str = "en"
    show: str = "signal"
    ruler: str = "noise"
    panels: str = "best"
    bands: str = "first"
    start: float = 0.0
    stop: float = 100.0
    pair: str = "noisy-b"
    x: float = 46.0
    y: float = 32.0
    zoom: str = "6"
    residue: str = "removed"


SHOWS = ("signal", "removed", "spectrogram")
RULERS = ("noise", "absolute")
PANELS = ("best", "all")
BANDS = ("first", "a", "b")
PAIRS = ("noisy-a", "noisy-b", "a-b")
ZOOMS = ("3", "6", "12")
RESIDUES = ("removed", "error")
_LEGAL: dict[str, tuple[str, ...]] = {
    "lang": tuple(i18n.LANGUAGES),
    "show": SHOWS,
    "ruler": RULERS,
    "panels": PANELS,
    "bands": BANDS,
    "pair": PAIRS,
    "zoom": ZOOMS,
    "residue": RESIDUES,
}

#: What lies on a desk.
Lying = Recipe | Case | Race

#: What each desk starts with: pages for signals share one experiment, those for pictures another; one has cases, one
#: races.
DESKS: dict[str, Lying] = {
    "signals": Recipe(),
    "pictures": recipes.FIRST_PICTURE,
    "cases": Case(),
    "races": Race(),
}


#: Which desk a page sits at, by its address; the others sit at the one for signals.
SITS = {"images": "pictures", "diagnose": "cases", "train": "races"}


def view_from_query(query: Mapping[str, str], default: View) -> tuple[View, list[LinkProblem]]:
    """Read the view from a link; parts that are not understood take their defaults and are reported."""
    problems: list[LinkProblem] = []
    values: dict[str, Any] = {}
    for field in fields(View):
        if field.name not in query:
            continue
        text, used = query[field.name], getattr(default, field.name)
        if field.name in _LEGAL:
            good = text in _LEGAL[field.name]
            values[field.name] = text if good else used
        else:
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            good = 0 <= value <= 100
            values[field.name] = value if good else used
        if not good:
            problems.append(LinkProblem(field.name, text, str(used)))
    view = replace(default, **values)
    if view.start >= view.stop:
        problems.append(LinkProblem("start", f"{view.start:g}", f"{default.start:g}"))
        view = replace(view, start=default.start, stop=default.stop)
    return view, problems


def view_to_query(view: View) -> dict[str, str]:
    """Write the parts of a view that differ from a fresh page, and the language."""
    plain = View()
    changed = {f.name: getattr(view, f.name) for f in fields(View) if getattr(view, f.name) != getattr(plain, f.name)}
    return {name: f"{v:g}" if isinstance(v, float) else v for name, v in ({"lang": view.lang} | changed).items()}


def start() -> None:
    """Set up a new session from the link that opened it."""
    if "recipe" in st.session_state:
        return
    query = st.query_params.to_dict()
    recipe, problems = read(query)
    view, more = view_from_query(query, View(lang=i18n.first_guess(st.context.locale)))
    chosen, others = selection.from_query(query, tuple(SIGNALS))
    room, rules = classroom.from_query(query)
    more = [*more, *others, *rules]
    known = {
        *selection.PARTS.values(),
        *(written(recipe) if isinstance(recipe, Recipe) else (*cases.PARTS, *track.PARTS)),
        *(f.name for f in fields(View)),
        *rounds.PARTS,
        *classroom.PARTS,
        "column",
        "file",
        "n",
        "lesson",
        "step",
    }
    strange = [
        LinkProblem(part, value, UNUSED)
        for part, value in query.items()
        if part not in known and not part.startswith(("a.", "b.", "h.", "embed"))
    ]
    st.session_state.update(selection=chosen, room=room)
    st.session_state.update(
        recipe=recipe, view=view, problems=[*problems, *more, *strange], past=[], generation=0, file=None, first=True
    )
    st.session_state.update(desk=desk_of(recipe), left={}, picture=None)
    st.session_state["home"] = DESKS if room == classroom.OPEN else {**DESKS, st.session_state["desk"]: recipe}


def read(query: Mapping[str, str]) -> tuple[Lying, list[LinkProblem]]:
    """What a link is about: a case, a race or an experiment."""
    if cases.PARTS[0] in query:
        return cases.from_query(query)
    if track.PARTS[0] in query:
        return track.from_query(query)
    return recipes.from_query(query)


def written(lying: Lying) -> dict[str, str]:
    """What `read` reads back."""
    if isinstance(lying, Case):
        return cases.to_query(lying)
    return track.to_query(lying) if isinstance(lying, Race) else recipes.to_query(lying)


def desk_of(lying: Lying) -> str:
    if isinstance(lying, Recipe):
        return "pictures" if lying.source.is_picture else "signals"
    return "cases" if isinstance(lying, Case) else "races"


def sit(desk: str) -> None:
    """Change to the experiment of a desk; the one on the other desk stays there as it is, with its steps to undo."""
    now = st.session_state["desk"]
    if desk == now:
        return
    st.session_state["left"][now] = (st.session_state["recipe"], st.session_state["past"])
    st.session_state["recipe"], st.session_state["past"] = st.session_state["left"].pop(desk, (DESKS[desk], []))
    st.session_state["desk"] = desk
    renew()


def on_desk(desk: str) -> Lying:
    """What lies on a desk, whether one sits there or not."""
    if desk == st.session_state["desk"]:
        lying: Lying = st.session_state["recipe"]
        return lying
    left: tuple[Lying, list[Lying]] | None = st.session_state["left"].get(desk)
    return DESKS[desk] if left is None else left[0]


def is_first_run() -> bool:
    """Whether this run opens the page."""
    first: bool = st.session_state.pop("first", False)
    return first


def recipe() -> Recipe:
    """The experiment as it stood at the end of the last run."""
    current: Recipe = st.session_state["recipe"]
    return current


def case() -> Case:
    """The case as it stood at the end of the last run, on the page that has cases."""
    current: Case = st.session_state["recipe"]
    return current


def race() -> Race:
    """The race as it was set up at the end of the last run, on the page that has races."""
    current: Race = st.session_state["recipe"]
    return current


def view() -> View:
    current: View = st.session_state["view"]
    return current


def key(name: str) -> str:
    """Key of a widget; it changes when the page, not the reader, changed the widget's value."""
    return f"{name}-{st.session_state['generation']}"


def keep(recipe: Lying, view: View, tools: bool = True) -> None:
    """Remember what the widgets said, and put it into the link.

    Parameters
    ----------
    tools : whether undo has been drawn in this run; where it was greyed and no longer is, the run starts anew
    """
    stale = False
    if recipe != st.session_state["recipe"]:
        stale = bool(problems()) or (tools and not can_undo())
        _remember()
        st.session_state["problems"] = []
    st.session_state["recipe"], st.session_state["view"] = recipe, view
    query = link_parts(recipe, view)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
    if stale:  # drawn before the widgets said what they now say
        st.rerun()


def link_parts(recipe: Lying, view: View) -> dict[str, str]:
    """The whole state as the parts of a link."""
    room = classroom.to_query(classroom.current())
    if not isinstance(recipe, Recipe):
        return {**written(recipe), "lang": view.lang, **room}
    return {**written(recipe), **view_to_query(view), **selection.to_query(selection.current()), **room}


def see(view: View) -> None:
    """Look at an experiment in another way, from within a callback; nothing to undo.

    Only widgets with a `look_key` are made anew.
    """
    st.session_state["view"] = view
    st.session_state["looks"] = st.session_state.get("looks", 0) + 1


def look_key(name: str) -> str:
    """Key of a widget whose value `see` may have changed."""
    return f"{key(name)}-{st.session_state.get('looks', 0)}"


def can_undo() -> bool:
    return bool(st.session_state["past"])


def adopt(recipe: Lying) -> NoReturn:
    """Take over a recipe that the page has set, and start the page again with it."""
    take(recipe)
    st.rerun()


def take(recipe: Lying, *, renewed: bool = True) -> None:
    """Take over a recipe from within a callback: the run that follows shows it.

    With ``renewed`` widgets take its values; without, they keep what the reader has set.
    """
    _remember()
    st.session_state["recipe"] = recipe
    if renewed:
        renew()


def _remember() -> None:
    st.session_state["past"] = [*st.session_state["past"], st.session_state["recipe"]][-UNDO_DEPTH:]


def drawn_last() -> str:
    """The curve that was on the drawing pad last; at first an example."""
    found = (recipe.source.curve for recipe in reversed(st.session_state["past"]) if recipe.source.kind == "drawn")
    return next(found, curves.EXAMPLE)


def undo() -> None:
    """Go back to the experiment before the last change."""
    past: list[Lying] = st.session_state["past"]
    if past:
        st.session_state["recipe"] = past[-1]
        st.session_state["past"] = past[:-1]
        renew()


def reset() -> None:
    """Go back to the first example, in a class to that of the link; undo returns."""
    _remember()
    st.session_state["recipe"] = st.session_state["home"][st.session_state["desk"]]
    renew()


def speak(lang: str) -> None:
    """Change the language of the page."""
    st.session_state["view"] = replace(view(), lang=lang)
    renew()


def renew() -> None:
    """Make every widget anew with the values of the recipe: the page changed them, not the reader."""
    st.session_state["generation"] += 1


def problems() -> list[LinkProblem]:
    """Parts of the link that were not understood; empty after the first change."""
    found: list[LinkProblem] = st.session_state["problems"]
    return found


@dataclass(frozen=True, eq=False)
class OpenFile:
    """The file a visitor has opened: its bytes and their digest, its name, and what was read from it."""

    digest: str
    name: str
    data: bytes
    signal: Signal

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the channels that were read, as the file has them, else their numbers."""
        named = self.signal.origin.columns if self.signal.origin else ()
        return named if len(named) == self.signal.channels else tuple(str(i) for i in range(self.signal.channels))

    @property
    def other_arrays(self) -> tuple[str, ...]:
        """Names of arrays in the file that were not read."""
        notes = dict(self.signal.origin.notes) if self.signal.origin else {}
        return tuple(name for name in notes.get("other-arrays", "").split(", ") if name)

    def chosen(self, column: str) -> Signal:
        """One channel: the named column, the first channel of the named array, or the first of all.

        Raises
        ------
        DrsnError
            If the array is no signal.
        """
        if column in self.columns:
            return self.signal.channel(self.columns.index(column))
        if column in self.other_arrays:
            other = io.read(self.data, self.name, column=column)
            if not isinstance(other, Signal):
                raise NoNumbers(self.name, f"{quote(column)} is a picture")
            return other.channel(0)
        return self.signal.channel(0)


def file() -> OpenFile | None:
    current: OpenFile | None = st.session_state["file"]
    return current


def open_file(opened: OpenFile) -> None:
    """Keep one file a session: the last that could be read."""
    st.session_state["file"] = opened


@dataclass(frozen=True, eq=False)
class OpenPicture:
    """The picture a visitor has opened: the digest of its bytes, its name, and what was read from it."""

    digest: str
    name: str
    picture: Image


def picture() -> OpenPicture | None:
    current: OpenPicture | None = st.session_state["picture"]
    return current


def open_picture(opened: OpenPicture) -> None:
    """Keep one picture a session: the last that could be read."""
    st.session_state["picture"] = opened
