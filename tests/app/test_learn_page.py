"""The page Learn, run without a browser: every step of every lesson in both languages, and nothing else is touched."""

import functools

import pytest
from streamlit.testing.v1 import AppTest

from app.i18n import LANGUAGES, Words
from app.lessons import answers, content
from app.lessons.blanks import fill, number
from app.lessons.content import CHECK, QUESTION
from app.lessons.kind import sentence
from app.lessons.observing import observe
from app.lessons.progress import Place
from drsn_core import bundle

LESSONS = content.lessons()
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)


@functools.cache
def hash_of_page():
    """AppTest.switch_page knows files only, and ours are functions."""
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=120).run()
    return next(key for key, info in page._registered_pages.items() if info["url_pathname"] == "learn")


def open_learn(**query):
    page = AppTest.from_file(str(bundle.folder("app") / "main.py"), default_timeout=120)
    for part, value in query.items():
        page.query_params[part] = value
    page._page_hash = hash_of_page()
    return page.run()


def shown(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.info, *page.success, *page.warning, *page.title]
    return "\n".join(str(part.value) for part in parts)


@EACH
def test_a_learner_walks_through_every_step_and_sees_the_answer_only_after_a_guess(lesson):
    """Odd lessons in English, even ones in Chinese; test_lessons.py goes through every step in both languages."""
    lang = ("zh", "en")[lesson.number % 2]
    words, text = Words(lang), content.prose(lesson, lang)
    page = open_learn(lang=lang, lesson=lesson.slug)
    before = page.session_state["recipe"], page.session_state["view"]
    for index, step in enumerate(lesson.steps):
        if index:
            page.button(key="learn-next").click().run()
        assert not page.exception
        assert not page.error
        seen = observe(lesson.figure_of(step), lesson.state_of(step))
        (chart,) = page.get("plotly_chart")
        assert chart.proto.alt == sentence(lesson.figure_of(step), seen, words)
        assert fill(text.sections[step.id], seen.facts, words) in shown(page)
        assert page.query_params["step"] in (str(index + 1), [str(index + 1)])
        if step.id == QUESTION:
            guess(page, lesson, step, words, text)
    assert page.button(key="learn-next").disabled
    assert text.sections["simplifies"].partition("{{")[0] in shown(page)
    assert (page.session_state["recipe"], page.session_state["view"]) == before, "lessons leave other pages alone"


def guess(page, lesson, step, words, text):
    """Guess what is right, and be told so and why."""
    facts = observe(lesson.figure_of(step), lesson.state_of(step, revealed=True)).facts
    why = fill(text.sections["right"], facts, words)
    assert page.button(key="learn-reveal").disabled
    assert why not in shown(page)
    right = answers.answer(lesson.question.answer)
    field = page.radio[0] if lesson.question.choices else page.number_input[0]
    field.set_value(right if lesson.question.choices else float(right)).run()
    page.button(key="learn-reveal").click().run()
    assert not page.exception
    named = fill(text.sections[f"a-{right}"], facts, words) if lesson.question.choices else number(right, ".4g")
    assert [one.value for one in page.success] == [words("learn.question.right", answer=named)]
    assert why in shown(page)


def test_a_wrong_guess_is_answered_kindly_and_can_be_made_again():
    lesson, words = content.find("noise"), Words("en")
    index = [step.id for step in lesson.steps].index(QUESTION)
    page = open_learn(lang="en", lesson="noise", step=str(index + 1))
    page.radio[0].set_value("two").run()
    page.button(key="learn-reveal").click().run()
    assert not page.success
    assert any("twice as large" in one.value and "ten times" in one.value for one in page.info)
    page.button(key="learn-ask-again").click().run()
    assert page.button(key="learn-reveal").disabled
    assert words("learn.question") in shown(page)


def test_what_is_moved_is_kept_for_its_step_and_given_back_on_wish():
    page = open_learn(lang="en", lesson="noise", step="2")
    page.slider[0].set_value(-5.0).run()
    alt = page.get("plotly_chart")[0].proto.alt
    assert alt == sentence("noise", observe("noise", {"snr_db": -5.0}), Words("en"))
    page.button(key="learn-next").click().run()
    assert page.get("plotly_chart")[0].proto.alt != alt
    page.button(key="learn-back").click().run()
    assert page.get("plotly_chart")[0].proto.alt == alt
    page.button(key="learn-give-back").click().run()
    assert page.get("plotly_chart")[0].proto.alt == sentence("noise", observe("noise", {}), Words("en"))


def test_a_goal_that_is_reached_is_said_so():
    lesson = content.find("noise")
    index = [step.id for step in lesson.steps].index(CHECK)
    page = open_learn(lang="zh", lesson="noise", step=str(index + 1))
    words = Words("zh")
    assert words("learn.check.open") in shown(page)
    page.slider[0].set_value(0.0).run()
    assert words("learn.check.reached") in shown(page)


@pytest.mark.parametrize("lang", tuple(LANGUAGES))
def test_without_a_lesson_all_of_them_are_listed_and_can_be_opened(lang):
    page = open_learn(lang=lang)
    assert not page.exception
    for lesson in LESSONS:
        assert content.prose(lesson, lang).idea in shown(page)
    page.button(key=f"open-{LESSONS[2].slug}").click().run()
    assert page.session_state["learn-place"] == Place(LESSONS[2].slug)
    page.button(key="learn-all").click().run()
    assert page.session_state["learn-place"] == Place()


def test_a_link_to_what_there_is_not_says_so():
    words = Words("en")
    page = open_learn(lang="en", lesson="nonsense")
    assert [one.value for one in page.warning] == [words("learn.link.lesson")]
    page = open_learn(lang="en", lesson="noise", step="99")
    assert [one.value for one in page.warning] == [words("learn.link.step")]
    assert page.session_state["learn-place"] == Place("noise")


def test_the_first_lessons_do_not_need_torch():
    import subprocess
    import sys

    code = (
        "import sys\nfrom app.lessons import content\nfrom app.lessons.observing import observe\n"
        "for lesson in content.lessons():\n    if lesson.part in ('noise', 'wavelets'):\n"
        "        for step in lesson.steps:\n            observe(lesson.figure_of(step), lesson.state_of(step))\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=bundle.folder("app").parent)
