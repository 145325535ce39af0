"""The page Class and what its links do to other pages, without a browser, in both languages."""

import functools
import json
from itertools import cycle
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import classroom, handouts
from app.classroom import CONTROLS, LOCKS, Room
from app.guesses import Question, encode, read
from app.handouts import PAGES, Handout
from app.i18n import LANGUAGES, Words
from app.widgets import collecting, handing
from drsn_core.recipe import to_query
from tests.app.pages import go, visit
from tests.app.test_denoise_page import open_page, text_of, widget

EN = Words("en")
#: A short signal and two methods that answer at once: these tests are about other things.
QUICK = {"n": "128", "a": "visushrink", "b": "savgol"}
NUMBER = {"ask": "By how many dB?", "unit": "dB", **QUICK}

texts = st.text(min_size=1, max_size=60)
questions = st.builds(Question, texts.map(classroom.line), unit=st.sampled_from(["", "dB", "m/s²"])) | st.builds(
    Question,
    texts.map(classroom.line),
    st.lists(texts.map(classroom.line), min_size=2, max_size=8, unique=True).map(tuple),
)
rooms = st.builds(
    Room,
    st.sets(st.sampled_from(CONTROLS)).map(lambda s: tuple(c for c in CONTROLS if c in s)),
    st.sets(st.sampled_from(LOCKS)).map(lambda s: tuple(c for c in LOCKS if c in s)),
    st.booleans(),
    st.none() | questions.filter(lambda q: q.text and all(q.options) and len(set(q.options)) != 1),
)


@given(rooms)
def test_a_room_survives_its_link(room):
    assert classroom.from_query(classroom.to_query(room)) == (room, [])


@given(st.dictionaries(st.sampled_from(classroom.PARTS), st.text(max_size=500)))
def test_no_link_to_a_room_is_bad_enough_to_fail(query):
    room, problems = classroom.from_query(query)
    assert set(room.hide) <= set(CONTROLS)
    assert room.question is None or (len(room.question.text) <= 200 and len(room.question.options) <= 8)
    assert all(len(problem.value) <= 60 for problem in problems)


@given(rooms, st.sampled_from(PAGES))
def test_a_handout_survives_the_teachers_own_link(room, page):
    assert handouts.from_query(handouts.to_query(Handout(page, room=room))) == (Handout(page, room=room), [])


def boxes(page):
    """Controls in sight, by what they set."""
    names = {"source": "source-kind", "noise": "snr", "a": "method-a", "b": "method-b"}
    keys = [str(w.key) for kind in ("segmented_control", "slider", "selectbox") for w in getattr(page, kind)]
    return {name for name, start in names.items() if any(key.startswith(start) for key in keys)}


LINK = {"name": "bumps", "n": "256", "snr": "7", "a": "wavelet", "a.level": "4", "b": "savgol"}


@functools.cache
def unhidden():
    return open_page(lang="en", **LINK)


@pytest.mark.parametrize("hide", [*CONTROLS, ",".join(CONTROLS)])
def test_hiding_a_control_leaves_its_value_and_everything_that_is_shown(hide):
    plain, page = unhidden(), open_page(lang="en", hide=hide, **LINK)
    assert not page.error
    assert page.session_state["recipe"] == plain.session_state["recipe"]
    assert boxes(page) == {"source", "noise", "a", "b"} - set(hide.split(","))
    assert [m.value for m in page.metric] == [m.value for m in plain.metric]
    assert [m.label for m in page.metric] == [m.label for m in plain.metric]
    assert len(page.get("plotly_chart")) == len(plain.get("plotly_chart"))
    assert len(page.get("audio")) == len(plain.get("audio"))
    parameters = [w for w in page.number_input if "wavelet-level" in str(w.key)]
    assert bool(parameters) == (not {"a", "more"} & set(hide.split(",")))


@pytest.mark.parametrize("where", ["images", "compare", "inside"])
def test_hidden_controls_are_hidden_on_every_page(where):
    page = visit(where, lang="en", n="128", hide="noise,more")
    assert not page.exception
    keys = [str(w.key) for kind in ("slider", "number_input") for w in getattr(page, kind)]
    assert not [key for key in keys if key.startswith(("snr", "seed", "sigma", "picture-seed", "length"))]
    assert page.get("plotly_chart") or page.get("bidi_component")


def test_locked_noise_is_seen_and_cannot_be_changed():
    page = open_page(lang="en", snr="3", seed="8", lock="noise,seed", **QUICK)
    assert widget(page, "slider", "snr").disabled
    assert widget(page, "selectbox", "noise-kind").disabled
    assert widget(page, "number_input", "seed").disabled
    assert not widget(page, "selectbox", "method-a").disabled
    only = open_page(lang="en", lock="seed", **QUICK)
    assert not widget(only, "slider", "snr").disabled
    assert widget(only, "number_input", "seed").disabled


def test_starting_afresh_in_a_class_goes_back_to_the_link():
    page = open_page(lang="en", name="bumps", lock="seed", seed="8", **QUICK)
    home = page.session_state["recipe"]
    widget(page, "slider", "snr").set_value(-5.0).run()
    page.button(key="reset").click().run()
    assert page.session_state["recipe"] == home


def test_a_room_that_is_not_understood_is_named():
    page = open_page(lang="en", hide="walls,a", lock="door", big="huge", **QUICK)
    told = "\n".join(t.value for t in page.text)
    for part in ("walls", "door", "huge"):
        assert part in told
    assert boxes(page) == {"source", "noise", "b"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_guess_becomes_a_code_and_the_same_learner_stays_one(lang):
    words = Words(lang)
    page = open_page(lang=lang, **NUMBER)
    assert NUMBER["ask"] in text_of(page)
    page.button(key="ask-code").click().run()
    assert not page.exception, "without a guess there is no code"
    codes = []
    for guess in (2.5, -4.0):
        widget(page, "number_input", "guess-made").set_value(guess)
        page.button(key="ask-code").click().run()
        codes.append(next(read(c.value) for c in page.code if read(c.value)))
        assert words("ask.told", guess=f"{guess:g} dB") in text_of(page)
    assert [one.value for one in codes] == [2.5, -4.0]
    assert codes[0].who == codes[1].who
    assert codes[0].mark == Question("By how many dB?", unit="dB").mark


def test_a_guess_beyond_all_bounds_is_refused_in_words():
    page = open_page(lang="en", **NUMBER)
    widget(page, "number_input", "guess-made").set_value(1e15)
    page.button(key="ask-code").click().run()
    assert "1e+15" in page.error[0].value


def test_a_strangers_question_is_only_text():
    page = open_page(lang="en", ask="[x](http://example.com) <img src=x> **b**", options="![a](b)|$c$", **QUICK)
    (shown,) = [m.value for m in page.markdown if "example.com" in m.value]
    assert "](http" not in shown.replace("\\]", "").replace("\\[", "") or "\\]" in shown
    assert [option for option in page.radio[0].options if option.startswith("!")] == []


@pytest.mark.parametrize(("lang", "place"), list(zip(cycle(LANGUAGES), PAGES, strict=False)))
def test_the_link_leads_to_the_page_as_the_teacher_left_it(lang, place):
    page = go(open_page(lang=lang, name="bumps", snr="4", seed="6", **QUICK), "class")
    assert not page.exception
    widget(page, "selectbox", "class-place").set_value(place).run()
    widget(page, "button_group", "class-hide").set_value(["more"]).run()
    widget(page, "button_group", "class-lock").set_value(["seed"]).run()
    page.toggle[0].set_value(True).run()
    (address,) = [c.value for c in page.code if "hide=" in c.value]
    parts = dict(parse_qsl(urlsplit(address).query))
    assert {"hide": "more", "lock": "seed", "big": "1", "lang": lang}.items() <= parts.items()
    if place in ("denoise", "compare", "inside"):
        assert to_query(page.session_state["recipe"]).items() <= parts.items()
    if place == "images":
        assert parts["source"] == "picture"
    assert urlsplit(address).path.strip("/") == ("" if place == "denoise" else place)
    learner = visit(place, **parts)
    assert not learner.exception
    assert learner.session_state["room"] == Room(("more",), ("seed",), True)
    assert not [t.value for t in learner.text if Words(lang)("link.title") in t.value]
    assert learner.session_state["problems"] == []


def test_the_teachers_own_link_brings_the_handout_back_and_hides_nothing_from_the_teacher():
    page = visit("class", lang="en", **{"h.page": "compare", "h.hide": "noise", "h.ask": "Why?", "h.unit": "dB"})
    assert page.session_state["handout"] == Handout(
        "compare", room=Room(("noise",), question=Question("Why?", unit="dB"))
    )
    assert page.session_state["room"] == Room()
    assert page.session_state["problems"] == []
    assert page.query_params["h.ask"] == "Why?"
    assert boxes(go(page, "denoise")) == {"source", "noise", "a", "b"}


def test_the_squares_are_made_here_and_a_link_that_is_too_long_says_so():
    assert handouts.squares("https://example.org/?" + "x" * 500).startswith("<svg")
    assert handouts.squares("x" * 3000) is None
    page = visit("class", lang="en")
    assert EN("class.squares.long") not in text_of(page)
    drawn = visit("class", lang="en", **{"h.ask": "x" * 200, "h.options": "|".join(str(i) * 150 for i in range(8))})
    assert EN("class.squares.long") in text_of(drawn)


def answers(question, guesses_):
    return [encode(question, value, who) for who, value in enumerate(guesses_, start=1)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_codes_and_files_become_the_guesses_of_the_class(lang):
    words = Words(lang)
    question = Question("How many?", unit="dB")
    page = visit("class", lang=lang, **{"h.ask": question.text, "h.unit": "dB"})
    widget(page, "segmented_control", "class-task").set_value("collect").run()
    assert words("class.collect.empty") in text_of(page)
    codes = answers(question, [1, 2, 2, 3, 10])
    page.text_area[0].set_value("\n".join([*codes[:3], "ABCD-EFGH-JKMN", encode(Question("Else?"), 1, 9)])).run()
    page.file_uploader[0].set_value(
        [("a.csv", f"code\n{codes[3]}\n".encode(), "text/csv"), ("b.csv", codes[4].encode(), "text/csv")]
    ).run()
    assert not page.exception
    widget(page, "number_input", "class-truth").set_value(2.0).run()
    said = text_of(page)
    assert words("class.sentence.numbers", count=5, middle=2.0, low=2.0, high=3.0, unit=" dB") in said
    assert words("class.sentence.numbers.truth", truth=2.0, near=2, unit=" dB") in said
    warned = [w.value for w in page.warning]
    assert words("class.foreign", count=1) in warned
    assert words("class.broken", count=1) in warned
    spec = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert len(spec["layout"]["shapes"]) == 1
    widget(page, "segmented_control", "class-task").set_value("hand-out").run()
    widget(page, "segmented_control", "class-task").set_value("collect").run()
    assert page.text_area[0].value.startswith(codes[0]), "codes stay while the teacher looks elsewhere"


def test_choices_are_shown_as_bars_with_the_right_one_marked():
    question = Question("Which?", ("wavelet", "network"))
    page = visit("class", lang="en", **{"h.ask": "Which?", "h.options": "wavelet|network"})
    widget(page, "segmented_control", "class-task").set_value("collect").run()
    page.text_area[0].set_value(" ".join(answers(question, [0, 1, 1]))).run()
    assert "67 %" in text_of(page)
    widget(page, "selectbox", "class-truth").set_value(1).run()
    assert EN("class.sentence.options.truth", right=2, share=200 / 3, option="network") in text_of(page)


LESSON = """minutes = 5
[[steps]]
id = "one"
[[steps]]
id = "question"
[question]
answer = "which"
choices = ["left", "right"]
"""
PROSE = """# {title}
An idea.

## one
Text {{{{number}}}}.

## question
It is {{{{x:g}}}} wide.

Which **side**, {{{{x:g}}}}?

## a-left
{left}
## a-right
{right}

## right
So.
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lesson."""
    folder = tmp_path / "lessons" / "01-sides"
    folder.mkdir(parents=True)
    (folder / "lesson.toml").write_text(LESSON, "utf-8")
    (folder / "en.md").write_text(PROSE.format(title="Sides", left="the left one", right="the right one"), "utf-8")
    (folder / "zh.md").write_text(PROSE.format(title="两边", left="左边", right="右边"), "utf-8")
    monkeypatch.setattr(handouts, "TEXTS", tmp_path)
    handouts.lessons.cache_clear()
    yield
    handouts.lessons.cache_clear()


def test_without_a_course_only_pages_are_handed_out(tmp_path, monkeypatch):
    monkeypatch.setattr(handouts, "TEXTS", tmp_path)
    handouts.lessons.cache_clear()
    assert handouts.lessons("en") == ()
    page = visit("class", lang="en", **{"h.lesson": "sides"})
    assert not page.exception
    assert len(widget(page, "selectbox", "class-place").options) == len(PAGES)
    assert "h.lesson" in "\n".join(t.value for t in page.text)
    handouts.lessons.cache_clear()


@pytest.mark.usefixtures("course")
def test_a_lesson_is_handed_out_with_its_step_and_its_question():
    page = visit("class", lang="en", **{"h.hide": "a"})
    widget(page, "selectbox", "class-place").set_value("sides").run()
    assert not [one for one in page.button_group if "class-hide" in str(one.key)], "a lesson says itself what it shows"
    widget(page, "number_input", "class-step").set_value(2).run()
    widget(page, "segmented_control", "class-ask").set_value("lesson").run()
    assert not page.exception
    assert EN("class.to.lesson", title="Sides") in text_of(page)
    (address,) = [c.value for c in page.code if "lesson=" in c.value]
    parts = dict(parse_qsl(urlsplit(address).query))
    assert parts == {"lang": "en", "lesson": "sides", "step": "2", "ask": "*", "unit": "sides"}
    assert urlsplit(address).path.endswith("learn")

    codes = []
    for lang, label in (("en", "the left one"), ("zh", "左边")):  # one question in two languages
        learner = visit("denoise", **QUICK, ask=parts["ask"], unit=parts["unit"], lang=lang)
        assert "**Which side, …?**" in text_of(learner), "as text, without what the lesson would fill in"
        assert learner.radio[0].options[0] == label
        learner.radio[0].set_value(0)
        learner.button(key="ask-code").click().run()
        codes += [c.value for c in learner.code if read(c.value)]
    widget(page, "segmented_control", "class-task").set_value("collect").run()
    page.text_area[0].set_value("\n".join(codes)).run()
    assert EN("class.sentence.options", count=2, share=100, option="the left one") in text_of(page)


def test_the_answers_of_the_course_are_known_where_it_is_installed():
    pytest.importorskip("app.lessons.answers")
    handouts.lessons.cache_clear()
    found = [one for one in handouts.lessons("en") if one.question is not None]
    assert found
    for lesson in found:
        answer = collecting.known(lesson)
        assert answer in range(len(lesson.choices)) if lesson.choices else answer is not None


def test_presentation_size_makes_letters_and_lines_of_figures_larger():
    plain, large = (
        json.loads(shown.get("plotly_chart")[0].proto.spec)
        for shown in (unhidden(), open_page(lang="en", big="1", **LINK))
    )
    usual = plain["layout"]["template"]["layout"]["font"]["size"]
    assert large["layout"]["font"]["size"] > 1.3 * usual
    assert large["layout"]["xaxis"]["tickfont"]["size"] == large["layout"]["font"]["size"]
    widths = [[line["line"]["width"] for line in one["data"]] for one in (plain, large)]
    assert all(b > a for a, b in zip(*widths, strict=True))


@pytest.mark.usefixtures("course")
def test_the_sentence_of_a_handout_names_what_is_hidden():
    handout = Handout(lesson="sides", room=Room(("a",), ("seed",)))
    said = handing.sentence(handout, EN)
    for part in ("Sides", EN("class.control.a"), EN("class.lock.seed")):
        assert part in said
