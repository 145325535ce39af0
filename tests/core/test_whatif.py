"""Questions put to trained networks: what changes nothing, what is off, and that nobody hears another's."""

import threading

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import drsn_core as drsn
from drsn_core import response, whatif
from drsn_core.errors import BadParameter, TooShort
from drsn_core.learned import network_of
from drsn_core.nn import paper_network
from drsn_core.nn.arithmetic import arithmetic
from drsn_core.residual import residual
from drsn_core.whatif import Change, WhatIf, parse, run

DENOISERS = ("drsn-cw", "drsn-cs", "wavelet-attention", "drsn-image")


def sample(name, seed=0):
    noise = np.random.default_rng(seed)
    if name == "drsn-image":
        ramp = np.linspace(-1, 1, 64)
        return np.outer(ramp, ramp) + 0.3 * noise.normal(size=(64, 64))
    return np.sign(np.sin(np.linspace(0, 20, 512))) + 0.4 * noise.normal(size=512)


def classifier(mode="drsn-cw"):
    network = paper_network(mode, n_classes=3, generator=torch.Generator().manual_seed(1)).eval()
    with torch.no_grad():  # so that its thresholds matter to its answer
        network.head.weight.mul_(5)
    return network.requires_grad_(False)


def ask(name):
    return (
        classifier(name.removeprefix("classifier-")) if name.startswith("classifier") else network_of(name)
    ), sample(name)


EVERY = (*DENOISERS, "classifier-drsn-cw", "classifier-drsn-cs")


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("place", [(None, None), (1, None), (1, 0)])
def test_a_factor_of_one_changes_nothing_bit_for_bit(name, place):
    network, x = ask(name)
    plain = run(network, x[None])
    same = run(network, x[None], WhatIf((Change("times", 1.0, *place),)))
    np.testing.assert_array_equal(same.output, plain.output)


@pytest.mark.parametrize("name", EVERY)
def test_a_factor_of_zero_is_the_network_with_its_shrinkage_taken_out(name):
    network, x = ask(name)
    without = whatif.twin(network)
    for part in whatif.deciders(without):
        part.function = lambda x, tau: x
    if name == "wavelet-attention":
        without.shrink = lambda x, tau: x
    off = run(network, x[None], parse("all-times-0"))
    np.testing.assert_array_equal(off.output, run(without, x[None]).output)
    assert np.abs(off.output - run(network, x[None]).output).max() > 1e-3
    assert all(np.array_equal(off.before(b), off.after(b)) for b in range(len(off.names)))


@pytest.mark.parametrize("name", EVERY)
def test_the_recorded_thresholds_put_back_reproduce_the_output_bit_for_bit(name):
    network, x = ask(name)
    plain = run(network, x[None])
    recorded = [plain.values(block, "threshold")[0] for block in range(len(plain.names))]
    again = run(network, x[None], parse("all-mean"), recorded)
    np.testing.assert_array_equal(again.output, plain.output)
    by_number = WhatIf(
        tuple(
            Change("tau", float(t), b, None if tau.size == 1 else c)
            for b, tau in enumerate(recorded)
            for c, t in enumerate(tau)
        )
    )
    np.testing.assert_array_equal(run(network, x[None], by_number).output, plain.output)


@pytest.mark.parametrize("name", ["drsn-cw", "classifier-drsn-cs"])
def test_blocks_before_a_change_are_as_they_were_and_those_after_follow_it(name):
    network, x = ask(name)
    plain, changed = run(network, x[None]), run(network, x[None], WhatIf((Change("times", 3.0, 4),)))
    for block in range(5):
        np.testing.assert_array_equal(changed.before(block), plain.before(block))
    np.testing.assert_array_equal(changed.values(4, "threshold"), (3 * plain.decisions[4].threshold).numpy())
    assert np.abs(changed.before(5) - plain.before(5)).max() > 0


def test_alpha_is_set_in_mean_magnitudes_of_this_sample_and_the_narrowest_change_holds():
    network, x = ask("drsn-cw")
    asked = parse("all-times-2~b3-alpha-0.5~b3c7-tau-0.25")
    found = run(network, x[None], asked)
    ratio = found.ratio(2)[0]
    np.testing.assert_allclose(np.delete(ratio, 6), 0.5, rtol=1e-6)
    assert found.values(2, "threshold")[0, 6] == 0.25
    learned = (found.decisions[5].alpha * found.decisions[5].magnitude).numpy()
    np.testing.assert_array_equal(found.values(5, "threshold"), 2 * learned)
    plain = run(network, x[None])
    np.testing.assert_array_equal(plain.values(2, "magnitude").shape, (1, 32))
    assert asked.count == 3


@pytest.mark.parametrize("name", ["drsn-cw", "wavelet-attention"])
def test_hard_keeps_what_passes_and_garrote_stands_between(name):
    network, x = ask(name)
    for shrink in ("soft", "hard", "garrote"):
        found = run(network, x[None], WhatIf(shrink=shrink))
        before, after = found.before(0)[0, 0], found.after(0)[0, 0]
        passed = np.abs(before) > found.values(0, "threshold")[0, 0]
        assert np.all(after[~passed] == 0)
        lost = np.abs(before - after)[passed]
        tau = float(found.values(0, "threshold")[0, 0])
        if shrink == "hard":
            assert np.all(lost == 0)
        elif shrink == "soft":
            np.testing.assert_allclose(lost, tau, rtol=1e-4)
        else:
            np.testing.assert_allclose(lost, tau**2 / np.abs(before[passed]), rtol=1e-4)
    if name == "drsn-cw":
        np.testing.assert_array_equal(run(network, x[None], WhatIf(shrink="soft")).output, run(network, x[None]).output)


def test_two_threads_with_different_questions_never_mix():
    network, x = ask("drsn-cw")
    questions = [WhatIf(), parse("all-times-0"), parse("b2-alpha-0.9"), parse("shrink-hard~b5-times-2")]
    alone = [run(network, x[None], question).output for question in questions]
    state = {key: value.clone() for key, value in network.state_dict().items()}
    wrong = []

    def visitor(which):
        for _ in range(6):
            if not np.array_equal(run(network, x[None], questions[which]).output, alone[which]):
                wrong.append(which)

    threads = [threading.Thread(target=visitor, args=(which,)) for which in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    assert len({output.tobytes() for output in alone}) == len(questions)


@pytest.mark.parametrize("name", ["drsn-cw", "drsn-cs", "wavelet-attention"])
def test_with_nothing_changed_the_estimate_is_that_of_the_method(name):
    noisy = drsn.add_noise(drsn.synth.signal("bumps", length=700), snr_db=3).samples[0]
    shift, scale = noisy.mean(), noisy.std()
    found = run(network_of(name), ((noisy - shift) / scale)[None])
    result = drsn.denoise(noisy, name)
    np.testing.assert_array_equal(found.output[0] * scale + shift, result.estimate)
    assert found.trace.to_dict() == result.trace.to_dict()


@pytest.mark.parametrize("name", ["drsn-cw", "drsn-cs", "wavelet-attention", "drsn-image", "classifier-drsn-cw"])
def test_the_arithmetic_of_a_threshold_adds_up_to_what_the_network_used(name):
    network, x = ask(name)
    found = run(network, x[None])
    for block in (0, len(found.names) - 1):
        channel = found.before(block).shape[1] - 1
        way = arithmetic(network, found.decisions, block, channel)
        assert way.z == pytest.approx(float(way.weights @ way.hidden + way.bias), abs=1e-4)
        np.testing.assert_allclose(way.hidden, np.maximum(way.normed, 0))
        assert way.alpha == pytest.approx(way.scale / (1 + np.exp(-way.z)), rel=1e-5)
        assert way.learned == pytest.approx(way.alpha * way.magnitude, rel=1e-6)
        used = found.values(block, "threshold")[0]
        assert way.used == way.learned == used[-1]
        measured = np.abs(found.before(block)[0]).reshape(channel + 1, -1).mean(axis=1)
        assert way.magnitude == pytest.approx(measured.mean() if way.shared else measured[channel], rel=1e-5)
        assert way.numbers()[-1].value == way.used
        named = dict(network.named_modules())
        assert all(n.tensor.split(".fc")[0].split(".output")[0] in named for n in way.numbers()[:-2])
        assert all(len(n.index) == len(n.shape) and np.all(np.less(n.index, n.shape)) for n in way.numbers())


def test_what_was_put_in_is_told_beside_what_was_learned():
    network, x = ask("drsn-cw")
    plain = run(network, x[None])
    found = run(network, x[None], parse("b4c3-times-2"))
    way = arithmetic(network, found.decisions, 3, 2)
    assert way.learned == plain.values(3, "threshold")[0, 2]
    assert way.used == pytest.approx(2 * way.learned)


changes = st.builds(
    lambda kind, value, block, channel: Change(
        kind, 0.0 if kind == "mean" else value, block, None if block is None else channel
    ),
    st.sampled_from(sorted(whatif.KINDS)),
    st.floats(0, 100).map(lambda v: float(f"{v:.6g}")),
    st.none() | st.integers(0, 30),
    st.none() | st.integers(0, 63),
)


@example([Change("times", 2.0), Change("times", 1.0, 0), Change("alpha", 0.0)], "")
@given(st.lists(changes, max_size=6), st.sampled_from(("", *whatif.SHRINKS)))
def test_a_question_survives_its_link(some, shrink):
    asked = WhatIf(shrink=shrink)
    for change in some:
        asked = asked.plus(change)
    assert parse(str(asked)) == asked
    assert len({change.place for change in asked.changes}) == len(asked.changes)


@pytest.mark.parametrize(
    "text",
    [
        "b0-times-1",
        "b1-times-nan",
        "b1-times--1",
        "all-mean-2",
        "b1-tau",
        "c3-times-1",
        "shrink-magic",
        "b1-times-1e9",
        "~",
    ],
)
def test_what_a_link_may_not_say_is_refused_with_a_reason(text):
    with pytest.raises(BadParameter):
        parse(text)


def test_a_block_or_channel_that_is_not_there_is_refused():
    network, x = ask("drsn-cw")
    for text in ("b15-times-2", "b1c17-times-2"):
        with pytest.raises(BadParameter, match=r"1 to 1[46]"):
            run(network, x[None], parse(text))
    with pytest.raises(BadParameter, match="mean thresholds"):
        run(network, x[None], parse("all-mean"))


def test_taking_a_change_back_leaves_no_trace():
    asked = WhatIf().plus(Change("times", 2.0, 3)).plus(Change("times", 1.0, 3))
    assert asked == WhatIf()
    covered = parse("all-times-2").plus(Change("times", 1.0, 3))
    assert covered.count == 2, "× 1 in one block says something while all others are × 2"


def test_the_class_tips_where_the_bisection_says():
    network = classifier()
    batch = np.stack([sample("", seed) for seed in range(8)])
    network.head.bias.sub_(torch.from_numpy(run(network, batch).output.mean(axis=0)).float())  # a close decision
    tipped = []
    for x in batch[:3]:
        winner = run(network, x[None]).output[0].argmax()
        for tip in response.tipping_points(network, x):
            if tip.factor is None:
                continue
            tipped.append(tip)
            toward = tip.factor + (0.002 if tip.factor < 1 else -0.002)
            moved = slice(None) if tip.block is None else tip.block
            factors = np.ones((2, 12))
            factors[0, moved], factors[1, moved] = tip.factor, toward
            classes = response.at_factors(network, x, factors).output.argmax(axis=1)
            assert classes[0] == tip.becomes != winner
            assert classes[1] == winner
    assert tipped


def test_with_each_block_off_once_the_last_answer_is_the_learned_one():
    network, x = ask("drsn-cw")
    found = response.without_each(network, x)
    np.testing.assert_allclose(found.output[-1], run(network, x[None]).output[0], atol=1e-5)
    np.testing.assert_allclose(found.output[3], run(network, x[None], parse("b4-times-0")).output[0], atol=1e-5)


def test_the_parts_of_an_error_add_up_and_noise_left_falls_as_thresholds_grow():
    clean = np.sign(np.sin(np.linspace(0, 20, 512)))
    noisy = np.stack([sample("", seed) for seed in range(4)])
    curve = response.error_curve(network_of("wavelet-attention"), noisy, clean, (0.0, 0.5, 1.0, 2.0))
    np.testing.assert_allclose(curve.left + curve.lost, curve.mse, rtol=1e-12)
    assert list(curve.left) == sorted(curve.left, reverse=True)
    assert list(curve.lost) == sorted(curve.lost)
    assert curve.best in (1, 2)
    assert curve.lost[0] == pytest.approx(0, abs=0.005)


def test_mean_thresholds_are_means_over_the_samples():
    network, batch = network_of("drsn-cw"), np.stack([sample("", seed) for seed in range(3)])
    means = response.mean_thresholds(network, batch)
    each = np.stack([run(network, x[None]).values(2, "threshold")[0] for x in batch])
    np.testing.assert_allclose(means[2], each.mean(axis=0), rtol=1e-4)
    fixed = run(network, batch, parse("all-mean"), means)
    assert np.ptp(fixed.values(2, "threshold"), axis=0).max() == 0


def test_white_noise_raises_no_alarm_and_a_lost_tone_does():
    time = np.arange(4096) / 4096
    tone = np.sin(2 * np.pi * 50 * time)
    noise = np.random.default_rng(3).normal(size=4096)
    honest = residual(tone + noise, tone)
    assert honest.white
    assert abs(honest.with_estimate) < 0.05
    greedy = residual(tone + noise, 0.5 * tone)
    assert not greedy.white
    assert greedy.with_estimate > 0.3
    assert residual(tone, tone).white


def test_the_alarm_is_as_rare_as_the_test_promises():
    draws = np.random.default_rng(0).normal(size=(400, 512))
    alarms = sum(not residual(x, np.zeros(512)).white for x in draws)
    assert alarms <= 12, "1 in 100 is what a level of 0.01 means; 13 of 400 would be five standard deviations too many"


def test_whiteness_of_a_stub_is_not_told():
    with pytest.raises(TooShort):
        residual(np.zeros(10), np.ones(10))


def test_the_rules_of_wavelets_are_placed_on_the_ruler_of_a_block():
    network, sample = network_of("drsn-cw-small"), np.random.default_rng(0).standard_normal((1, 1024))
    found = run(network, sample)
    rows, used = found.before(1)[0], found.values(1, "threshold")[0]
    sigma = np.median(np.abs(rows), axis=1) / 0.6745
    factors = response.rule_factors(found, [1], ("universal", "bayes"))
    assert factors["universal"] == pytest.approx((sigma * np.sqrt(2 * np.log(rows.shape[1]))).sum() / used.sum())
    assert 0 <= factors["bayes"] <= np.abs(rows).max(axis=1).sum() / used.sum()
    both = response.rule_factors(found, [1, 2], ("universal",))["universal"]
    other = response.rule_factors(found, [2], ("universal",))["universal"]
    assert min(factors["universal"], other) < both < max(factors["universal"], other)
