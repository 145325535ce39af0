"""The page Play, without a browser: a round from deal to reveal, a blind trial, links good and bad, both languages."""

import json

import pytest

from app import matches
from app.i18n import LANGUAGES, Words
from app.rounds import Deal, Trial
from app.widgets import beat
from tests.app.pages import go, visit

EN = Words("en")


def text_of(page):
    parts = [*page.markdown, *page.caption, *page.text, *page.error, *page.info, *page.title, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def rows(page):
    """What the coefficient rows have been given."""
    given = [json.loads(one.proto.json) for one in page.get("bidi_component")]
    (found,) = [json.loads(one) for one in given if "levels" in one]
    return found


def widget(page, kind, name):
    return next(w for w in getattr(page, kind) if str(w.key).startswith(name))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_round_hides_its_answer_until_it_is_submitted(lang):
    words = Words(lang)
    page = visit("play", lang=lang, level="medium", deal="3", round="2")
    assert not page.exception
    assert not page.error
    deal = Deal("medium", 3, 2)
    assert page.session_state["deal"] == deal
    assert len(page.get("plotly_chart")) == 1
    given = rows(page)
    assert [row["tau"] for row in given["levels"]] == [0] * 5
    assert not given["fixed"]
    assert "dB" not in text_of(page).replace(words("noise.snr"), "")
    shown = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
    assert words("figure.clean") not in {line["name"] for line in shown}

    page.button(key="submit").click().run()
    assert not page.exception
    standing = matches.standing(deal, (0.0,) * 5)
    assert beat.sentence(standing, words) in text_of(page)
    assert beat.told(deal, words) in text_of(page)
    given = rows(page)
    assert given["fixed"]
    assert [row["own"] > 0 for row in given["levels"]] == [tau > 0 for tau in matches.best(deal)]
    spec = json.loads(page.get("plotly_chart")[1].proto.spec)
    assert words("figure.clean") in {line.get("name") for line in spec["data"]}

    page.button(key="next").click().run()
    assert page.session_state["deal"] == Deal("medium", 3, 3)
    assert page.query_params["round"] == "3"


def test_thresholds_count_and_a_good_round_is_an_entry_of_the_ledger():
    deal = Deal("easy", 1, 1)
    page = visit("play", lang="en")
    page.session_state["hands"][deal.key] = matches.best(deal)
    page.run()
    page.button(key="submit").click().run()
    ledger = page.session_state["ledger"]
    assert (ledger.points, ledger.streak) == (100, 1)
    assert EN("play.score", number=1, points=100, streak=1) in text_of(page)


def test_another_difficulty_or_seed_deals_another_round():
    page = visit("play", lang="en")
    widget(page, "segmented_control", "play-level").set_value("hard").run()
    assert page.session_state["deal"] == Deal("hard", 1, 1)
    assert len(rows(page)["levels"]) == 6
    widget(page, "number_input", "deal").set_value(42).run()
    assert page.session_state["deal"] == Deal("hard", 42, 1)
    assert page.query_params["deal"] == "42"
    assert page.query_params["level"] == "hard"


def test_a_drag_moves_one_line_and_a_line_at_the_top_silences_its_level(monkeypatch):
    deal = Deal("easy", 1, 1)
    session = {"hands": {}, "submitted": set()}
    monkeypatch.setattr(beat.st, "session_state", session)
    beat.set_hand(deal, [2.0] * 4, [None, 0.5, None, None])
    beat.set_hand(deal, [2.0] * 4, [None, None, 2.0, float("nan")])
    assert beat.hand(deal) == (0.0, 0.5, matches.SILENT, 0.0)
    beat.set_hand(deal, [2.0] * 4, [1.0])
    session["submitted"].add(deal.key)
    beat.set_hand(deal, [2.0] * 4, [1.0] * 4)
    assert beat.hand(deal) == (0.0, 0.5, matches.SILENT, 0.0)


def test_a_broken_link_is_named_and_a_round_dealt_all_the_same():
    page = visit("play", lang="en", level="divine", deal="-3", round="many", game="chess")
    told = "\n".join(t.value for t in page.text)
    for part in ("divine", "-3", "many", "chess"):
        assert part in told
    assert page.session_state["deal"] == Deal()
    assert len(page.get("plotly_chart")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_blind_trial_is_answered_once_and_counted(lang):
    words = Words(lang)
    page = visit("play", lang=lang, game="listen", deal="4")
    assert not page.exception
    assert words("play.chance.none") in text_of(page)
    assert len(page.get("audio")) == 4
    trial = Trial(4, 1)
    page.button(key="guess-a" if trial.is_a else "guess-b").click().run()
    letter, method = ("A", "ebayes") if trial.is_a else ("B", "drsn-cw")
    assert words("play.right", letter=letter, method=words(f"method.{method}")) in text_of(page)
    assert words("play.chance", right=1, trials=1, chance=50.0) in text_of(page)
    page.button(key="another").click().run()
    trial = Trial(4, 2)
    page.button(key="guess-b" if trial.is_a else "guess-a").click().run()
    assert words("play.chance", right=1, trials=2, chance=75.0) in text_of(page)
    widget(page, "selectbox", "play-method-a").set_value("visushrink").run()
    assert words("play.chance.none") in text_of(page), "another pair is another question"


def test_sounds_cannot_be_told_apart_by_their_address():
    page = visit("play", lang="en", game="listen", deal="4")
    addresses = [one.proto.url for one in page.get("audio")]
    assert len(set(addresses)) == 4


def test_the_round_waits_while_another_page_is_read():
    page = visit("play", lang="en", level="hard", deal="5", round="9")
    go(page, "compare")
    again = go(page, "play")
    assert again.session_state["deal"] == Deal("hard", 5, 9)
