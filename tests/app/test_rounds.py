"""The games: rounds that a seed deals again, a ceiling that nobody passes, and a score that cannot be played twice."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import matches, rounds
from app.i18n import catalog
from app.rounds import DIFFICULTIES, FAMILIES, LENGTH, Deal, Ledger, Standing, Trial, draw, tail
from drsn_core.metrics import snr_db
from drsn_core.train import batches

DEALS = [Deal(level, seed, number) for level in DIFFICULTIES for seed in (1, 2) for number in (1, 2, 3, 4)]


def test_families_are_those_that_the_networks_are_trained_on():
    assert {name.replace("-", "_") for name in FAMILIES} == {family.__name__ for family in batches.FAMILIES}
    kinds = {"gaussian", *(kind for one in DIFFICULTIES.values() for kind in one.decoys)}
    assert {f"play.family.{name}" for name in FAMILIES} | {f"play.decoy.{kind}" for kind in kinds} <= set(catalog())


@pytest.mark.parametrize("deal", DEALS, ids=lambda deal: deal.key)
def test_a_round_is_the_same_for_everybody_and_as_noisy_as_it_says(deal):
    one, again = draw(deal), draw(deal)
    np.testing.assert_array_equal(one.noisy, again.noisy)
    assert one.clean.shape == one.noisy.shape == (LENGTH,)
    assert snr_db(one.clean, one.noisy) == pytest.approx(one.snr_db)
    low, high = deal.difficulty.snr_db
    assert low <= one.snr_db <= high
    assert one.clean.std() > 0.1


def test_every_round_is_another_and_harder_levels_have_decoys():
    found = {level: [draw(Deal(level, 7, n)) for n in range(1, 41)] for level in DIFFICULTIES}
    assert len({one.clean.tobytes() for some in found.values() for one in some}) == 120
    decoys = [sum(one.is_decoy for one in found[level]) for level in ("easy", "medium", "hard")]
    assert decoys[0] == 0 < decoys[1] < decoys[2] < 40


@pytest.mark.parametrize("deal", DEALS[::3], ids=lambda deal: deal.key)
def test_the_oracle_is_a_ceiling_for_whatever_thresholds(deal):
    best = matches.best(deal)
    ceiling = matches.standing(deal, best)
    assert ceiling.yours == pytest.approx(ceiling.ceiling, abs=1e-9)
    assert ceiling.par <= ceiling.ceiling + 1e-9
    rng = np.random.default_rng(deal.number)
    for _ in range(12):
        hand = tuple(np.abs(best + rng.normal(0, 1, len(best)) * rng.choice([0.02, 0.3, 2.0])))
        assert matches.standing(deal, hand).yours <= ceiling.ceiling + 1e-9


def test_open_lines_leave_the_signal_as_it_is_and_lines_at_the_top_leave_the_coarse_part():
    deal = Deal("medium", 3, 1)
    noisy = draw(deal).noisy
    np.testing.assert_allclose(matches.estimate(deal, (0.0,) * 5), noisy, atol=1e-10)
    silent = matches.estimate(deal, (matches.SILENT,) * 5)
    assert np.var(silent) < np.var(noisy)
    assert all(level.zeroed == 100 for level in matches.levels(deal, (matches.SILENT,) * 5))


def test_clicks_are_where_a_player_can_beat_the_network():
    deal = next(d for n in range(1, 99) if draw(d := Deal("hard", 1, n)).noise == "impulse")
    standing = matches.standing(deal, matches.best(deal))
    assert standing.made_ace
    assert standing.verdict == "ace"


@pytest.mark.parametrize(
    ("standing", "points", "verdict"),
    [
        (Standing(0, 5, 0, 9, 10), 0, "under"),
        (Standing(0, 5, -3, 9, 10), 0, "under"),
        (Standing(0, 5, 5, 9, 10), 50, "par"),
        (Standing(0, 5, 9.5, 9, 10), 190, "ace"),
        (Standing(0, 5, 10, 12, 10), 100, "par"),
        (Standing(3, 3, 3, 9, 3), 0, "par"),
    ],
)
def test_points_are_the_share_of_the_way_and_twice_that_for_an_ace(standing, points, verdict):
    assert (standing.points, standing.verdict) == (points, verdict)


def test_a_round_counts_once_and_a_streak_ends_below_par():
    good, bad = Standing(0, 5, 6, 9, 10), Standing(0, 5, 4, 9, 10)
    ledger = Ledger()
    for number, standing in enumerate([good, bad, good, good], start=1):
        ledger = ledger.plus(Deal(number=number), standing)
    assert (ledger.points, ledger.streak) == (60 + 40 + 60 + 60, 2)
    assert ledger.plus(Deal(number=2), good) == ledger
    assert Ledger().streak == 0


def test_rounds_have_no_end():
    assert Deal("hard", 4, 2).next() == Deal("hard", 4, 3)
    assert Deal("hard", 4, rounds.LAST_ROUND).next() == Deal("hard", 5, 1)
    assert Deal("hard", 999_999, rounds.LAST_ROUND).next().seed == 1


@given(
    st.builds(Deal, st.sampled_from(list(DIFFICULTIES)), st.integers(0, 999_999), st.integers(1, rounds.LAST_ROUND)),
    st.sampled_from(rounds.GAMES),
)
def test_a_round_survives_its_link(deal, game):
    assert rounds.from_query(rounds.to_query(game, deal)) == (game, deal, [])


@given(st.dictionaries(st.sampled_from(rounds.PARTS), st.text(max_size=100)))
def test_no_link_to_a_round_is_bad_enough_to_fail(query):
    _, deal, problems = rounds.from_query(query)
    assert deal.level in DIFFICULTIES
    assert all(len(problem.value) <= 60 for problem in problems)


def test_the_chance_of_guessing_is_binomial():
    assert tail(0, 7) == 1
    assert tail(7, 7) == pytest.approx(2**-7)
    assert tail(4, 7) == pytest.approx(0.5)
    assert tail(8, 10) == pytest.approx(56 / 1024)
    assert all(math.isclose(tail(k, 9) + tail(10 - k, 9), 1) for k in range(1, 10))


def test_x_is_either_and_cannot_be_foretold_from_the_number():
    either = [Trial(1, n).is_a for n in range(1, 201)]
    assert 70 < sum(either) < 130
    assert Trial(1, 5).is_a == Trial(1, 5).is_a
    assert len({Trial(1, n).voice for n in range(1, 51)}) == 50


def test_what_is_heard_is_equally_loud_and_x_is_one_of_the_two():
    for number in (1, 2, 3, 4):
        trial = Trial(2, number, ("visushrink", "bayesshrink"))
        heard = matches.sounds(trial)
        loud = [float(np.sqrt(np.mean(row**2))) for row in (heard.noisy, heard.a, heard.b, heard.x)]
        assert loud == pytest.approx([loud[0]] * 4)
        assert max(np.abs(row).max() for row in (heard.noisy, heard.a, heard.b)) == pytest.approx(0.9)
        np.testing.assert_array_equal(heard.x, heard.a if trial.is_a else heard.b)
        assert not np.allclose(heard.a, heard.b)
