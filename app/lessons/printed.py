"""The teacher's guide as a page to print: no script, nothing from elsewhere, two sheets of A4."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from app.i18n import Language

STYLE = """
@page { size: A4; margin: 20mm; }
body { font: 12pt/1.5 "Source Sans 3", system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
       max-width: 42em; margin: 2em auto; padding: 0 1em; color: #1f2933; }
h1 { font-size: 20pt; line-height: 1.2; } h2 { font-size: 14pt; margin: 1.2em 0 0.3em; break-after: avoid; }
li { margin: 0.25em 0; break-inside: avoid; } code { font-size: 10.5pt; } footer { margin-top: 2em; font-size: 9pt; }
@media print { body { margin: 0; padding: 0; } }
"""


def page(markdown: str, lang: Language, footer: str) -> bytes:
    r"""Turn a guide into HTML: it has headings, paragraphs, lists, bold and code, and nothing else.

    Examples
    --------
    >>> b"<li><strong>a</strong> &lt;b&gt;</li>" in page("# t\n- **a** <b>", "en", "")
    True
    """
    body = "\n".join(_blocks(markdown))
    title = html.escape(markdown.partition("\n")[0].removeprefix("# "))
    head = f"<meta charset='utf-8'><title>{title}</title><style>{STYLE}</style>"
    body += f"<footer>{html.escape(footer)}</footer>"
    return f"<!doctype html><html lang='{lang}'><head>{head}</head><body>{body}</body></html>".encode()


def _blocks(markdown: str) -> Iterator[str]:
    items: list[str] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("- "):
            items.append(f"<li>{_inline(line[2:])}</li>")
            continue
        if items:
            yield f"<ul>{''.join(items)}</ul>"
            items = []
        if match := re.match(r"(#{1,2}) (.+)", line):
            yield f"<h{len(match[1])}>{_inline(match[2])}</h{len(match[1])}>"
        elif line:
            yield f"<p>{_inline(line)}</p>"


def _inline(text: str) -> str:
    safe = html.escape(text, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", safe)
