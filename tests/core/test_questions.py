"""The questions and answers about DRSN: the same in both languages, and every example runs."""

import re
from pathlib import Path

import pytest
import torch

import drsn_core.nn

FOLDER = Path(drsn_core.nn.__file__).parent
PAGES = {"en": FOLDER / "README.md", "zh": FOLDER / "README.zh.md"}


def sections(language):
    """Text and code of each section by its id."""
    parts = re.split(r'<a id="([\w-]+)"></a>', PAGES[language].read_text("utf-8"))
    return {
        name: (text, re.findall(r"```python\n(.*?)```", text, re.S))
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("name", sections("en"))
def test_every_example_runs_as_it_stands(language, name, capsys):
    torch.manual_seed(0)
    (code,) = sections(language)[name][1]
    exec(compile(code, f"{PAGES[language].name}: {name}", "exec"), {"__name__": "example"})
    said = [line.partition("#")[2].strip() for line in code.splitlines() if re.search(r"print\(.*#", line)]
    printed = capsys.readouterr().out
    assert all(claim in printed for claim in said if claim.startswith("torch.Size"))


def test_both_languages_have_the_same_sections_and_the_same_code():
    english, chinese = sections("en"), sections("zh")
    assert list(english) == list(chinese)
    assert len(english) >= 10
    assert [code for _, code in english.values()] == [code for _, code in chinese.values()]


@pytest.mark.parametrize("language", PAGES)
def test_the_citation_has_the_right_identifier(language):
    assert re.findall(r"doi\.org/(\S+?)\)", PAGES[language].read_text("utf-8")) == ["10.1109/TII.2019.2943898"]


def test_the_direction_of_the_threshold_is_said_in_both_languages():
    assert "more noise, larger threshold" in sections("en")["why-alpha"][0]
    assert "噪声越多，阈值越大" in sections("zh")["why-alpha"][0]


def test_the_main_page_links_to_both():
    text = (FOLDER.parents[1] / "README.md").read_text("utf-8")
    assert "(drsn_core/nn/README.md)" in text
    assert "(drsn_core/nn/README.zh.md)" in text
