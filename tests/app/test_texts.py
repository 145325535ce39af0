"""Every word in both languages, and every error in words."""

import inspect
import re
import string
from collections import Counter
from pathlib import Path

import pytest

from app import i18n
from app.i18n import LANGUAGES, MissingText, Words, catalog, error_text, first_guess
from drsn_core import errors
from drsn_core.catalog import CATALOG, methods
from drsn_core.errors import BadParameter, DrsnError, NoPower, TooLarge, UnknownFormat, Unsupported
from drsn_core.noise import KINDS
from drsn_core.picture_noise import PICTURE_KINDS
from drsn_core.pictures import PICTURES
from drsn_core.recipe import LinkProblem
from drsn_core.synth import SIGNALS

ERRORS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DrsnError)]

#: Terms that can only mean one thing, so that the English word calls for the Chinese one.
CORE_TERMS = (
    "threshold",
    "soft-thresholding",
    "wavelet",
    "subband",
    "attention-weight",
    "noise-level",
    "snr",
    "rmse",
    "spectrogram",
    "denoise",
)

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields(text: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


def test_every_text_is_there_in_both_languages_with_the_same_facts():
    assert [key for key, text in catalog().items() if set(text) != set(LANGUAGES)] == []
    assert [key for key, text in catalog().items() if fields(text["en"]) != fields(text["zh"])] == []


def test_no_two_files_have_a_text_of_the_same_key():
    found = Counter(key for file in (i18n.TEXTS / "ui").glob("*.toml") for key, _ in i18n.tables(file))
    assert [key for key, times in found.items() if times > 1] == []


def test_texts_are_one_line_without_html_and_without_space_around():
    lines = [(key, line) for key, text in catalog().items() for line in text.values()]
    assert [key for key, line in lines if not line or re.search(r"<[/\w]|&\w+;|\n", line)] == []
    spaced = {key for key, line in lines if line != line.strip()}
    assert spaced == {"thresholds.takeaway.join", "train.said.join", "diagnose.paper.join", "diagnose.paper.best.join"}


def test_keys_are_short_lower_case_paths():
    part = r"[a-z0-9]+(?:[-_][a-z0-9]+)*"
    legal = re.compile(rf"errors\.[A-Z][A-Za-z]+|{part}(?:\.{part})+")
    assert [key for key in catalog() if not legal.fullmatch(key)] == []


def test_english_has_no_chinese_and_chinese_is_set_as_chinese():
    assert [key for key, text in catalog().items() if CHINESE.search(text["en"])] == []
    assert [key for key, text in catalog().items() if re.search(r"[\u4e00-\u9fff][,.;:!?]", text["zh"])] == []
    assert [key for key, text in catalog().items() if re.search(r"[}\d] %", text["zh"])] == []


@pytest.mark.parametrize("term", CORE_TERMS)
def test_a_term_is_always_the_same_word(term):
    en, zh = (catalog()[f"glossary.{term}"][lang] for lang in ("en", "zh"))
    said = {key: re.sub(r"\{.*?\}", "", text["en"]) for key, text in catalog().items()}
    used = [key for key, text in said.items() if re.search(rf"\b{en}s?\b", text, re.IGNORECASE)]
    assert used
    assert [key for key in used if zh not in catalog()[key]["zh"]] == []


def test_a_missing_text_says_which_one():
    with pytest.raises(MissingText, match=r"no text 'source\.nonsense'"):
        Words("en")("source.nonsense")
    assert "source.nonsense" not in Words("zh")


@pytest.mark.parametrize("path", sorted(Path(i18n.__file__).parent.rglob("*.py")), ids=lambda path: path.name)
def test_every_text_that_the_app_names_exists(path):
    asked = re.findall(r'\bwords\(\s*"([^"{]+)"', path.read_text(encoding="utf-8"))
    assert [key for key in asked if key not in catalog()] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_the_core_offers_has_a_name_and_a_hint(lang):
    words = Words(lang)
    parameters = {p.name: p for info in methods().values() for p in info.parameters.values()}
    keys = [f"signal.{name}" for name in SIGNALS]
    keys += [f"noise.kind.{kind}" for kind in ("none", *KINDS, *PICTURE_KINDS)]
    keys += [f"picture.{name}" for name in PICTURES]
    keys += [f"method.{key}" for key in CATALOG] + [f"parameter.{name}" for name in parameters]
    assert all(words(key) and words(f"{key}.hint") for key in keys)
    few = [p for p in parameters.values() if p.kind == "choice" and len(p.choices) < 10]
    assert all(words(f"choice.{p.name}.{value}") for p in few for value in p.choices)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_has_its_sentence_with_the_facts_it_carries(kind, lang):
    text = catalog()[f"errors.{kind.__name__}"]
    assert fields(text[lang]) == fields(kind.sentence)


def test_an_error_is_said_with_the_names_that_the_page_uses():
    zh = Words("zh")
    assert error_text(zh, BadParameter("level", 99, "1 to 9")) == "层数 = 99 不可用。可接受：1 to 9。"
    assert error_text(zh, Unsupported("drsn-cw", "images", "it takes signals")).startswith("DRSN-CW 不能处理图像")
    assert "50,000,001 个样本" in error_text(zh, TooLarge("x.csv", 50_000_001, 50_000_000, "samples"))
    assert "a{b}" in error_text(zh, UnknownFormat("a{b}", ["CSV"])), "braces of a name are only characters"


def test_an_unknown_child_is_said_in_the_words_of_its_parent():
    class Hush(NoPower):
        pass

    assert error_text(Words("en"), Hush()) == catalog()["errors.NoPower"]["en"]
    assert "something odd" in error_text(Words("en"), DrsnError(detail="something odd"))


def test_the_link_message_takes_what_a_link_problem_holds():
    said = Words("en")("link.problem", **LinkProblem("snr", "loud", "5")._asdict())
    assert said == "The part snr of the link was not understood (loud); using 5."


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("zh-CN", "zh"), ("zh_TW", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("de", "en"), (None, "en"), ("", "en")],
)
def test_the_first_guess_follows_the_browser(locale, lang):
    assert first_guess(locale) == lang


def test_a_strangers_text_makes_no_markdown():
    trick = "![x](http://example.com/x.png) $a$ :material/bug: <b>*x*</b> `c` ~d~"
    told = error_text(Words("en"), errors.EmptyFile(trick))
    assert re.findall(r"(?<!\\)[\\`*_\[\]<>$~!:#|](?![\\`*_\[\]<>$~!:#|])", told.replace("\\\\", "")) == []
    assert told.replace("\\", "").count(trick[:20]) == 1
