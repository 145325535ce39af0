"""What a figure promises: units, equal axes, few points, the same colours everywhere, and true sentences."""

import base64
import csv
import io
import json
import re

import numpy as np
import orjson
import plotly.graph_objects as go
import pytest

from app.figures import style, tables
from app.figures.blocks import blocks, marks, names
from app.figures.spectrogram import MOST_FREQUENCIES, MOST_TIMES, analyse, spectrograms
from app.figures.style import INK, ROLES, decimate
from app.figures.thresholds import side_by_side, takeaway
from app.figures.waveforms import compare, inside, removed
from app.figures.written import Written, packed, unpacked
from app.i18n import LANGUAGES, Words
from drsn_core.classical.thresholding import soft
from drsn_core.trace import Trace, record

EN = Words("en")
LOOKS = [(Words(lang), theme) for lang in LANGUAGES for theme in INK]
RNG = np.random.default_rng(7)

T = np.arange(2048) / 2048
CLEAN = np.sin(20 * T)
NOISY = CLEAN + 0.3 * RNG.standard_normal(T.size)
ESTIMATES = [("A · Bayes", "wavelet", CLEAN + 0.02), ("B · DRSN", "learned", CLEAN - 0.01)]
GIVEN = {"rate_hz": 1000.0, "words": EN, "theme": "light"}


def shrunk(name, sigma, tau, channels=1, alpha=None, size=400):
    before = sigma * RNG.standard_normal((channels, size))
    return record(name, before, soft(before, np.reshape(tau, (-1, 1))), tau, alpha=alpha)


def wavelet_trace(levels=9):
    return Trace(tuple(shrunk(f"detail {k}", 0.3, 1.0 / k) for k in range(1, levels + 1)))


def network_trace(names=("down 1.1", "down 2.1", "down 2.2", "up 1.1"), channels=16):
    weights = [RNG.uniform(0.2, 0.9, channels) for _ in names]
    return Trace(tuple(shrunk(n, 2.0, a * 1.6, channels, a) for n, a in zip(names, weights, strict=True)))


TRACES = [("A · Bayes", "wavelet", wavelet_trace()), ("B · DRSN", "learned", network_trace())]


def axes(figure, kind):
    return [axis.to_plotly_json() for axis in getattr(figure, f"select_{kind}axes")()]


def titles(figure):
    return [axis["title"]["text"] for k in "xy" for axis in axes(figure, k) if axis.get("title", {}).get("text")]


def numbers(figure):
    """Every array of numbers that goes to the browser."""
    found = []
    for trace in figure.data:
        for name in ("x", "y", "z"):
            value = getattr(trace, name, None)
            if value is not None and len(value) and not isinstance(np.asarray(value).flat[0], str):
                found.append(value)
    return found


def points(figure):
    return sum(np.size(trace.z if trace.type == "heatmap" else trace.y) for trace in figure.data)


def with_symbol(figure, symbol):
    """The scatter traces that are drawn with this symbol."""
    return [trace for trace in figure.data if trace.type == "scatter" and trace.marker.symbol == symbol]


def every_figure(words=EN, theme="light", clean=CLEAN):
    given = {"rate_hz": 1000.0, "words": words, "theme": theme}
    return [
        compare(NOISY, ESTIMATES, clean, unit="mV", **given),
        removed(NOISY, ESTIMATES, clean, unit="mV", **given),
        spectrograms(NOISY, ESTIMATES, clean, **given),
        side_by_side(TRACES, words=words, theme=theme, ruler="noise"),
        side_by_side(TRACES, words=words, theme=theme, ruler="absolute", unit="mV"),
    ]


@pytest.mark.parametrize(("words", "theme"), LOOKS)
def test_every_figure_is_drawn_in_both_themes_and_languages(words, theme):
    for figure in every_figure(words, theme):
        layout = figure.layout
        common = layout.template.layout
        assert common.font.color == INK[theme]
        assert common.font.size >= 14
        assert common.paper_bgcolor == common.plot_bgcolor == "rgba(0,0,0,0)"
        assert any("\u4e00" <= c <= "\u9fff" for c in "".join(titles(figure))) == (words.lang == "zh")
        assert common.xaxis.title.font.size >= 14
        assert common.yaxis.title.font.size >= 14


@pytest.mark.parametrize("clean", [CLEAN, None], ids=["clean known", "clean unknown"])
def test_figures_send_finite_arrays_of_few_bytes_and_never_lists(clean):
    for figure in every_figure(clean=clean):
        for values in numbers(figure):
            assert isinstance(values, np.ndarray)
            assert values.dtype in (np.float32, np.int8)
            assert np.isfinite(values).all()
        assert "NaN" not in figure.to_json()


@pytest.mark.parametrize(("words", "theme"), LOOKS)
def test_what_is_written_down_without_plotly_is_what_plotly_would_write(words, theme):
    drawn = [figure for figure in every_figure(words, theme) if isinstance(figure, Written)]
    assert len(drawn) == 4
    for figure in drawn:
        checked = go.Figure(unpacked(figure.to_dict()))  # raises for a property or a value that Plotly does not know
        assert orjson.loads(checked.to_json(validate=False)) == figure.to_dict()


def test_arrays_go_out_as_bytes_where_the_browser_reads_them_and_come_back():
    given = {
        "x": np.arange(3, dtype=np.float32),
        "z": np.eye(2, 3, dtype=np.int8),
        "y": [np.arange(2), np.array(["a", "b"], object), np.array([])],
    }
    there = packed(given)
    assert there["x"]["dtype"] == "f4"
    assert there["y"] == [[0, 1], ["a", "b"], []]
    back = unpacked(there)
    assert back["x"].tolist() == [0, 1, 2]
    assert back["z"].tolist() == [[1, 0, 0], [0, 1, 0]]
    assert back["y"] == there["y"]


def test_axes_have_titles_with_units():
    wave, taken, spectrum, ruler, own = every_figure()
    assert titles(wave) == ["Time (s)", "Value (mV)"] == titles(taken)
    assert titles(spectrum) == ["Time (s)", "Time (s)", "Frequency (Hz)"]
    assert spectrum.layout.coloraxis.colorbar.title.text == "Power (dB, strongest = 0)"
    assert "Threshold τ (× noise level)" in titles(ruler)
    assert "Share (%)" in titles(ruler)
    assert {"Threshold τ (mV)", "Threshold τ (feature units)"} < set(titles(own))
    assert all(axis["title"]["text"] for axis in axes(ruler, "x")[2:])


@pytest.mark.parametrize(
    ("rate_hz", "length", "title"),
    [(1.0, 500, "Time (samples)"), (2000.0, 500, "Time (ms)"), (100.0, 500, "Time (s)")],
)
def test_time_is_written_in_the_unit_that_fits(rate_hz, length, title):
    figure = compare(NOISY[:length], [], None, unit="", rate_hz=rate_hz, words=EN, theme="light")
    assert titles(figure) == [title, "Value (no unit)"]
    last = {"Time (samples)": 499, "Time (ms)": 249.5, "Time (s)": 4.99}[title]
    assert figure.data[0].x[-1] == pytest.approx(last)


@pytest.mark.parametrize("draw", [compare, removed])
def test_rows_share_time_and_scale(draw):
    figure = draw(NOISY, ESTIMATES, CLEAN, unit="", **GIVEN)
    across, up = axes(figure, "x"), axes(figure, "y")
    assert len(up) == 3
    assert len({axis.get("matches", "x3") for axis in across}) == 1
    assert {axis["matches"] for axis in up} == {"y"}
    assert len({tuple(axis["range"]) for axis in up}) == 1
    low, high = up[0]["range"]
    assert all(low < trace.y.min() and trace.y.max() < high for trace in figure.data)


def test_spectrograms_share_axes_and_one_scale_of_colours():
    figure = spectrograms(NOISY, ESTIMATES, CLEAN, **GIVEN)
    assert len(figure.data) == 6
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
    assert len({axis.get("matches", "x") for axis in axes(figure, "x")}) == 1
    assert len({axis.get("matches", "y") for axis in axes(figure, "y")}) == 1
    assert figure.layout.coloraxis.cmax == max(int(trace.z.max()) for trace in figure.data) == 0
    assert figure.data[3].z.max() < -20, "what was removed is weaker than the signal, and is drawn so"


def test_removed_is_noisy_minus_estimate_and_the_clean_signal_is_dashed_under_each_estimate():
    figure = removed(NOISY[:500], [("A", "wavelet", CLEAN[:500])], unit="", **GIVEN)
    np.testing.assert_allclose(figure.data[0].y, (NOISY - CLEAN)[:500], rtol=1e-6)
    dashes = [trace.line.dash for trace in compare(NOISY, ESTIMATES, CLEAN, unit="", **GIVEN).data]
    assert dashes == ["solid", "dash", "solid", "dash", "solid"]


def test_colours_follow_roles():
    figure = compare(NOISY, ESTIMATES, CLEAN, unit="", **GIVEN)
    colors = [ROLES["noisy"].color, INK["light"], "#E69F00", INK["light"], "#0072B2"]
    assert [trace.line.color for trace in figure.data] == colors
    assert {trace.line.color for trace in removed(NOISY, ESTIMATES, unit="", **GIVEN).data} == {"#CC79A7"}
    dots = [trace.marker.color for trace in side_by_side(TRACES, words=EN, theme="dark").data if trace.type == "box"]
    assert dots == ["#E69F00", "#0072B2"]
    looks = [*ROLES.values(), style.role("clean", "light")]
    assert len({(look.dash, look.symbol) for look in looks}) == len({look.color for look in looks}) == len(looks)


def test_a_minute_of_sound_is_drawn_with_a_few_thousand_points():
    rate = 48_000.0
    clean = np.sin(np.arange(2_880_000) * 0.01)
    noisy = clean + 0.1 * RNG.standard_normal(clean.size)
    noisy[1_234_567] = 9.0
    estimates = [("A", "wavelet", clean), ("B", "learned", clean)]
    given = {"rate_hz": rate, "words": EN, "theme": "light"}
    whole = compare(noisy, estimates, clean, unit="", **given)
    assert points(whole) <= style.POINTS
    assert whole.data[0].y.max() == 9.0, "a spike of one sample is still there"
    assert len(whole.to_json()) < 150_000
    part = compare(noisy, estimates, clean, unit="", window=(10.0, 10.01), **given)
    assert points(part) == 5 * 481, "a window has points enough for every sample"
    assert part.data[0].x[[0, -1]] == pytest.approx([10_000, 10_010], abs=0.1)
    spectrum = spectrograms(noisy, [], None, **given)
    assert spectrum.data[0].z.shape == (MOST_FREQUENCIES, MOST_TIMES)


def test_what_is_short_is_not_decimated():
    x, y = decimate(T, NOISY, NOISY.size)
    np.testing.assert_array_equal(y, NOISY.astype(np.float32))
    assert x.size == T.size
    assert decimate(T, NOISY, 100)[1].size == 100


@pytest.mark.parametrize("window", [(-5.0, 99.0), (1.0, 1.0), (2.0, 0.5), (7.0, 8.0)])
def test_a_window_always_shows_at_least_two_samples(window):
    part = inside(2048, 1000.0, window)
    assert 0 <= part.start < part.stop <= 2048
    assert part.stop - part.start >= 2
    compare(NOISY, ESTIMATES, CLEAN, unit="", window=window, **GIVEN)
    spectrograms(NOISY, ESTIMATES, CLEAN, window=window, **GIVEN)


@pytest.mark.parametrize("length", [2, 3, 17, 997])
def test_odd_and_silent_signals_are_drawn(length):
    silence = np.zeros(length)
    for figure in (
        compare(silence, [("A", "wavelet", silence)], silence, unit="", **GIVEN),
        removed(silence, [("A", "wavelet", silence)], unit="", **GIVEN),
        spectrograms(silence, [("A", "wavelet", silence)], **GIVEN),
    ):
        assert all(np.isfinite(values).all() for values in numbers(figure))


def test_a_tone_is_bright_at_its_frequency_and_has_minus_six_decibels():
    picture = analyse(np.sin(2 * np.pi * 125 * np.arange(4096) / 1000), 1000.0)
    inner = picture.power_db[:, 5:-5]
    assert picture.frequencies[inner.mean(axis=1).argmax()] == pytest.approx(125, abs=500 / len(picture.frequencies))
    assert inner.max() == pytest.approx(-6.02, abs=0.1)


def test_wavelet_and_network_are_drawn_from_the_same_records():
    figure = side_by_side(TRACES, words=EN, theme="light")
    strips = [trace for trace in figure.data if trace.type == "box"]
    for strip, (_, _, trace) in zip(strips, TRACES, strict=True):
        ratios = np.concatenate([r.threshold / r.noise for r in trace.records])
        assert strip.y.size == ratios.size, "nothing lies above the axis here"
        np.testing.assert_allclose(strip.y, ratios, rtol=1e-6)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(bars[1].y, [100 * r.zeroed.mean() for r in TRACES[1][2].records], rtol=1e-6)
    tops = [axis["range"] for axis in axes(figure, "y")[:2]]
    assert tops[0] == tops[1], "on the ruler of noise both columns have one scale"


def test_the_attention_weight_of_every_block_stands_beside_what_it_zeroed():
    figure = side_by_side(TRACES, words=EN, theme="light")
    (weights,) = with_symbol(figure, "diamond")
    np.testing.assert_allclose(weights.y, [100 * np.median(r.alpha) for r in TRACES[1][2].records], rtol=1e-6)


def hovered(trace, number):
    """What Plotly writes beside a point."""
    pattern = trace.hovertemplate if isinstance(trace.hovertemplate, str) else trace.hovertemplate[number]
    said = pattern.replace("%{text}", trace.text[number]).removesuffix("<extra></extra>")
    value = lambda found: format(trace.customdata[number][int(found[1])], found[2].replace("~", ""))  # noqa: E731
    return re.sub(r"%\{customdata\[(\d)\]:([^}]+)\}", value, said)


def test_hovering_tells_block_channel_threshold_weight_zeros_and_energy():
    figure = side_by_side(TRACES, words=EN, theme="light")
    text = hovered([trace for trace in figure.data if trace.type == "box"][1], 1)
    r = TRACES[1][2].records[0]
    assert text.split("<br>") == [
        "block 1.1 on the way down, channel 2",
        f"τ = {r.threshold[1]:.3g} = {r.threshold[1] / r.noise[1]:.2f} × noise level",
        f"attention weight α = {r.alpha[1]:.2f}",
        f"set to zero: {100 * r.zeroed[1]:.0f} %",
        f"energy removed: {100 * r.energy_removed[1]:.0f} %",
    ]


def test_hovering_says_no_multiple_of_the_noise_where_there_is_none_and_takes_names_as_text():
    silent = record("{name} <b>", np.zeros((1, 9)), np.zeros((1, 9)), 0.5)
    loud = record("down 1.1", np.ones((1, 9)), np.ones((1, 9)), 0.5, alpha=np.array([0.5]))
    figure = side_by_side([("B", "learned", Trace((silent, loud)))], words=EN, theme="light", ruler="absolute")
    (dots,) = [trace for trace in figure.data if trace.type == "box"]
    assert hovered(dots, 0) == "{name} &lt;b&gt;<br>τ = 0.5<br>set to zero: 0 %<br>energy removed: 0 %"
    assert "attention weight α = 0.50" in hovered(dots, 1)


def test_the_takeaway_says_the_numbers_of_the_trace():
    first, net = TRACES[0][2].records[0], TRACES[1][2].records
    finest = (first.threshold / first.noise)[0]
    typical = np.median(np.concatenate([r.threshold / r.noise for r in net]))
    zeroed = 100 * np.mean([r.zeroed.mean() for r in net])
    assert takeaway(TRACES, EN) == (
        f"A · Bayes shrinks at {finest:.1f} times the noise level in its finest subband "
        f"and sets {100 * first.zeroed[0]:.0f} % of it to zero; "
        f"B · DRSN typically shrinks at {typical:.1f} times the noise level "
        f"and sets {zeroed:.0f} % of what it meets to zero."
    )
    assert takeaway(TRACES, Words("zh")).endswith("置零。")


def test_more_threshold_is_drawn_higher():
    low, high = (Trace((shrunk("detail 1", 1.0, tau),)) for tau in (0.5, 2.5))
    figure = side_by_side([("A", "wavelet", low), ("B", "wavelet", high)], words=EN, theme="light")
    strips = [trace.y[0] for trace in figure.data if trace.type == "box"]
    assert strips[1] > 4 * strips[0]


def test_a_band_without_noise_is_left_out_and_said_so():
    silent = Trace((record("detail 1", np.zeros((1, 8)), np.zeros((1, 8)), 0.0),))
    figure = side_by_side([("A", "wavelet", silent)], words=EN, theme="light")
    assert all(np.isfinite(values).all() for values in numbers(figure))
    assert takeaway([("A", "wavelet", silent)], EN) == "A finds no noise level to compare with and sets 0 % to zero."


def test_a_method_without_thresholds_has_an_empty_column_and_its_own_sentence():
    traces = [TRACES[0], ("C", "learned", Trace())]
    assert takeaway(traces, EN).endswith("; C uses no thresholds.")
    for ruler in ("noise", "absolute"):
        side_by_side(traces, words=EN, theme="dark", ruler=ruler)


def test_a_few_thresholds_far_above_the_rest_stand_at_the_top_and_keep_their_number():
    taus = np.full(100, 1.0)
    taus[3] = 500.0
    figure = side_by_side([("B", "learned", Trace((shrunk("up 1.1", 1.0, taus, 100, taus),)))], words=EN, theme="light")
    (over,) = with_symbol(figure, "triangle-up")
    assert axes(figure, "y")[0]["range"][1] < 5
    assert "τ = 500" in hovered(over, 0)


def test_a_threshold_that_the_channels_share_is_drawn_for_each():
    figure = side_by_side(
        [("CS", "learned", Trace((shrunk("up 1.1", 1.0, 0.5, 16, np.array([0.4])),)))], words=EN, theme="light"
    )
    assert figure.data[0].y.size == 16


def test_channels_of_a_recording_stand_side_by_side_in_their_block():
    trace = Trace(tuple(shrunk(f"channel {c}, detail {k}", 1.0, 1.0) for c in (1, 2) for k in (1, 2, 3)))
    found = blocks(trace, EN)
    assert [block.mark for block in found] == ["d1", "d2", "d3"]
    assert found[0].channels == ("1", "2")
    assert found[2].name == "detail, level 3"


def test_blocks_of_other_networks_keep_their_names_and_marks_that_differ():
    trace = Trace(tuple(shrunk(f"layer{k}.0.shrinkage", 1.0, 1.0) for k in (1, 2)))
    assert [(b.mark, b.name) for b in blocks(trace, EN)] == [("1", "layer1.0.shrinkage"), ("2", "layer2.0.shrinkage")]
    trace = Trace((shrunk("down 5.2", 1.0, 1.0), shrunk("detail 2 horizontal", 1.0, 1.0), shrunk("blocks.3", 1.0, 1.0)))
    assert [block.mark for block in blocks(trace, EN)] == ["↓<br>5b", "h2", "b3"]


def test_names_of_strangers_are_text_and_not_markup():
    figure = compare(NOISY, [("<b>x</b>", "wavelet", CLEAN)], None, unit="", **GIVEN)
    assert any("&lt;b&gt;x" in annotation.text for annotation in figure.layout.annotations)


def test_arrays_travel_as_bytes():
    figure = compare(NOISY, ESTIMATES, None, unit="", **GIVEN)
    sent = json.loads(figure.to_json())["data"][0]["y"]
    assert sent["dtype"] == "f4"
    assert len(base64.b64decode(sent["bdata"])) == 4 * figure.data[0].y.size


def test_the_toolbar_sends_nothing_to_anybody():
    menu = style.toolbar("thresholds")
    assert menu["plotlyServerURL"] == ""
    assert "sendChartToCloud" in menu["modeBarButtonsToRemove"]
    assert menu["toImageButtonOptions"]["filename"] == "thresholds"


def test_the_table_of_a_chart_holds_what_is_drawn():
    figure = go.Figure()
    figure.add_scatter(x=np.arange(3.0), y=np.array([1.5, np.nan, -2.0]), name="line")
    figure.add_bar(x=["a<br>b"], y=[0.5], base=1, name="bar")
    figure.add_heatmap(z=np.array([[0, 255]], dtype=np.uint8), meta={"low": -1.0, "high": 3.0}, name="map")
    figure.add_scatter(x=[0], y=[0], meta=tables.AID)
    rows = list(csv.reader(io.StringIO(tables.table(figure).decode("utf-8-sig"))))
    assert rows[0] == ["series", "x", "y", "z"]
    assert rows[1] == ["line", "0.0", "1.5", ""]
    assert rows[3:] == [
        ["line", "2.0", "-2.0", ""],
        ["bar", "a b", "1.5", ""],
        ["map", "0", "0", "-1"],
        ["map", "1", "0", "3"],
    ]


def test_the_table_reads_what_plotly_has_packed():
    figure = go.Figure(go.Scatter(x=np.arange(4, dtype=np.float32), y=np.linspace(0, 1, 4, dtype=np.float32)))
    again = go.Figure(json.loads(figure.to_json()))
    assert tables.table(again) == tables.table(figure)


def test_subbands_of_several_bases_have_names_and_short_marks():
    assert names("haar detail 3", EN) == ("h<br>3", "haar, detail level 3")
    assert names("sym8 detail 12", Words("zh")) == ("s<br>12", "sym8，第 12 层细节")
    assert marks(["sym8 detail 1", "sym4 detail 1"], EN) == ["1", "2"], "what would be the same is counted"
