"""Every lesson: its data are whole, its numbers computed, its question has one right answer, its check can be met."""

import html
import re

import numpy as np
import pytest
import pywt

from app.figures import lessons as figures
from app.i18n import LANGUAGES, Words, catalog
from app.lessons import answers, content, printed
from app.lessons.blanks import blanks, fill
from app.lessons.content import CHECK, QUESTION
from app.lessons.controls import Choice, Slider
from app.lessons.experiments import depth, units
from app.lessons.kind import sentence
from app.lessons.kinds import KINDS
from app.lessons.observing import observe, work, worked
from drsn_core import whatif
from drsn_core.errors import DrsnError

LESSONS = content.lessons()
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
IN_BOTH = pytest.mark.parametrize("lang", tuple(LANGUAGES))

#: A number that the core should have computed: decimals, and whatever has a unit.
TYPED = re.compile(r"\d+\.\d+|\d+\s*(?:%|dB|σ)")


def states(lesson):
    """Every state that a learner meets without moving anything."""
    for step in lesson.steps:
        yield step, lesson.state_of(step)
        if step.id == QUESTION:
            yield step, lesson.state_of(step, revealed=True)


def sections(lesson):
    """The texts that a lesson must have."""
    return {
        *(step.id for step in lesson.steps),
        *(f"a-{choice}" for choice in lesson.question.choices),
        "right",
        "simplifies",
    }


def test_there_are_fourteen_lessons_or_more_with_numbers_that_follow_each_other():
    assert len(LESSONS) >= 14
    assert [lesson.number for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert len({lesson.slug for lesson in LESSONS}) == len(LESSONS)


@EACH
def test_a_lesson_has_one_question_and_one_check_and_steps_of_different_names(lesson):
    ids = [step.id for step in lesson.steps]
    assert len(set(ids)) == len(ids)
    assert ids.count(QUESTION) == ids.count(CHECK) == 1
    check = next(step for step in lesson.steps if step.id == CHECK)
    assert check.done is not None
    assert check.controls
    assert f"learn.part.{lesson.part}" in catalog()
    assert lesson.words
    assert all(f"glossary.{term}" in catalog() for term in lesson.words)


@IN_BOTH
@EACH
def test_the_prose_has_the_same_sections_in_both_languages_and_none_is_empty(lesson, lang):
    text = content.prose(lesson, lang)
    assert set(text.sections) == sections(lesson)
    assert all([text.title, text.idea, *text.sections.values()])
    assert "\n" not in text.idea


@IN_BOTH
@EACH
def test_every_blank_is_filled_and_no_computed_number_is_typed(lesson, lang):
    words, text = Words(lang), content.prose(lesson, lang)
    for step, state in states(lesson):
        facts = observe(lesson.figure_of(step), state).facts
        names = {step.id: (step.id,), QUESTION: (QUESTION, "right", *(s for s in text.sections if s[:2] == "a-"))}
        for name in (*names.get(step.id, (step.id,)), *(("simplifies",) if step is lesson.steps[-1] else ())):
            filled = fill(text.sections[name], facts, words)
            assert "{{" not in filled
            assert "nan" not in filled.lower().split()
    for name, section in text.sections.items():
        bare = re.sub(r"\{\{.*?\}\}", "", section)
        if not name.startswith("a-"):
            assert TYPED.search(bare) is None, (name, TYPED.search(bare))
    assert not list(blanks(text.title + text.idea))


@EACH
def test_both_languages_use_the_same_numbers(lesson):
    en, zh = (content.prose(lesson, lang).sections for lang in ("en", "zh"))
    assert {name: set(blanks(en[name])) for name in en} == {name: set(blanks(zh[name])) for name in zh}


@EACH
def test_emphasis_in_the_prose_is_closed_where_markdown_sees_it(lesson):
    """`**` after a Chinese mark and before a character is no end of a bold stretch."""
    for section in content.prose(lesson, "zh").sections.values():
        for start, inner, after in re.findall(r"(\*+)([^*\n]+)\1(.?)", re.sub(r"\$[^$]*\$", "", section)):
            assert not (re.match(r"[。，：；！？）”]", inner[-1]) and re.match(r"\w", after)), (start, inner)


@EACH
def test_the_question_has_exactly_one_right_answer_and_the_core_computes_it(lesson):
    question, right = lesson.question, answers.answer(lesson.question.answer)
    if question.choices:
        assert [question.right(choice, right) for choice in question.choices].count(True) == 1
        assert len(set(question.choices)) >= 2
    else:
        assert question.low <= right <= question.high
        guesses = np.arange(question.low, question.high + question.step / 2, question.step)
        good = [question.right(float(guess), right) for guess in guesses]
        assert 0 < sum(good) < len(good) / 2


def test_every_answer_is_asked_for():
    assert {lesson.question.answer for lesson in LESSONS} == set(answers.ANSWERS)


@EACH
def test_what_a_step_speaks_of_is_in_the_figure_and_its_controls_are_there(lesson):
    for step, state in states(lesson):
        kind = KINDS[lesson.figure_of(step)]
        seen = observe(lesson.figure_of(step), state)
        if step.highlight:
            assert step.highlight in figures.parts(kind.draw(seen, Words("en"), "light")), step.id
        assert all(sentence(lesson.figure_of(step), seen, Words(lang)) for lang in LANGUAGES)
        assert set(step.controls) <= set(kind.controls)
        assert {name: value for name, value in kind.complete(state).items() if name in state} == state


@EACH
def test_a_goal_is_not_met_at_first_and_can_be_met_with_the_controls_of_its_step(lesson):
    for step in lesson.steps:
        if step.done is None:
            continue
        assert set(step.solution) <= set(step.controls)
        assert not step.done.met(observe(lesson.figure_of(step), lesson.state_of(step)).facts), step.id
        solved = observe(lesson.figure_of(step), {**lesson.state_of(step), **step.solution})
        assert step.done.met(solved.facts), (step.id, solved.facts[step.done.fact])


@IN_BOTH
@pytest.mark.parametrize("name", KINDS)
def test_every_figure_has_its_sentence_and_its_controls_have_names(name, lang):
    kind, words = KINDS[name], Words(lang)
    said = sentence(name, observe(name, {}), words)
    assert said
    assert "{" not in said
    for control, form in kind.controls.items():
        assert words(f"learn.control.{control}")
        if isinstance(form, Choice):
            assert all(words(f"{form.names}.{option}") for option in form.options)


@pytest.mark.parametrize("name", KINDS)
def test_every_control_can_be_moved_to_both_ends(name):
    kind = KINDS[name]
    for control, form in kind.controls.items():
        if isinstance(form, Slider):
            ends = [observe(name, {control: value}) for value in (form.low, form.high)]
            kind.draw(ends[len(control) % 2], Words("en"), "dark")  # one of the two: drawing is slow
            assert all(sentence(name, seen, Words("zh")) for seen in ends)


@IN_BOTH
@EACH
def test_the_teacher_has_a_guide_of_about_two_pages(lesson, lang):
    guide = lesson.guide(lang)
    heads = re.findall(r"^## (.+)$", guide, flags=re.MULTILINE)
    assert len(heads) == 5
    length = len(guide.split()) if lang == "en" else len(re.findall(r"[\u4e00-\u9fff]", guide))
    assert length >= 220


TERMS = {
    "soft-thresholding": "soft threshold(?:ing|ed|s)?",
    "hard-thresholding": "hard threshold(?:ing|ed|s)?",
    "wavelet": "wavelets?",
    "residual": "residual",
    "channel": "channels?",
}


@EACH
@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_the_same_word_in_all_lessons(lesson, term):
    en, zh = (content.prose(lesson, lang).sections for lang in ("en", "zh"))
    word = catalog()[f"glossary.{term}"]["zh"]
    for name, section in en.items():
        bare = re.sub(r"\{\{.*?\}\}", "", section)
        if re.search(rf"\b{TERMS[term]}\b", bare, re.IGNORECASE):
            assert word in zh[name], (name, word)


def test_the_race_is_run_once_and_then_kept_for_all(monkeypatch):
    monkeypatch.setattr(depth, "STEPS", 20)
    state = {"units": 4.0, "seed": 9.0}
    before = observe("race", state)
    assert before.facts["done"] == 0
    seen = list(work("race", state))
    assert [one.facts["done"] for one in seen] == list(range(1, depth.STEPS + 1))
    assert worked("race", state)
    after = observe("race", state)
    assert after is observe("race", state)
    assert after.drawn.residual.shape == (20,)
    assert len(after.drawn.tested) == 5
    assert sentence("race", before, Words("en")) != sentence("race", after, Words("en"))


def test_a_unit_taken_apart_is_what_the_network_computes():
    for net in ("drsn-cs", "drsn-cw"):
        row = units.window("ball", 0.0)
        whole = whatif.run(units.network(net), row[None])
        for block in (0, 5, 11):
            seen = observe("unit", {"net": net, "block": block + 1.0, "state": "ball", "snr_db": 0.0})
            channel = int(seen.facts["channel"]) - 1
            np.testing.assert_allclose(seen.drawn.bars["tau"][0], whole.values(block, "threshold")[0][0], rtol=1e-5)
            np.testing.assert_allclose(seen.drawn.waves["kept"], whole.after(block)[0][channel], atol=1e-5)


def test_haar_by_hand_is_what_pywavelets_says():
    numbers = (9.0, 7.0, 3.0, 5.0, 6.0, 6.0, 8.0, 2.0)
    drawn = observe("haar", {"numbers": numbers}).drawn
    np.testing.assert_allclose(drawn.before, np.concatenate(pywt.wavedec(numbers, "haar", level=3)), atol=1e-12)
    np.testing.assert_allclose(drawn.rebuilt, numbers)


def test_a_state_that_a_figure_cannot_show_is_refused():
    for state in ({"snr_db": 1000.0}, {"signal": "nonsense"}, {"nonsense": 1.0}, {"snr_db": "loud"}):
        with pytest.raises(DrsnError):
            observe("noise", state)
    with pytest.raises(DrsnError):
        observe("drawn", {"numbers": (1.0, 2.0)})


@IN_BOTH
def test_a_printed_guide_says_all_of_it(lang):
    for lesson in LESSONS:
        guide = lesson.guide(lang)
        page = printed.page(guide, lang, "footer").decode()
        plain = re.sub(r"<[^>]+>", "", page.partition("<body>")[2])
        wanted = re.sub(r"^(#+|-) |\*\*|`", "", guide, flags=re.MULTILINE)
        assert re.sub(r"\s", "", html.unescape(plain)) == re.sub(r"\s", "", wanted) + "footer"
