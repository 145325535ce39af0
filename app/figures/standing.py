"""The results table of the page Images, in the reader's words: what was measured, and where the network loses."""

from __future__ import annotations

from app.i18n import Words
from app.picture_results import METHODS, Row


def rows(found: tuple[Row, ...], words: Words) -> dict[str, list[object]]:
    """The table by columns: a line for each set of pictures and noise."""
    columns: dict[str, list[object]] = {
        words("images.results.set"): [conditions(row, words) for row in found],
        words("images.results.pictures"): [row.pictures for row in found],
    }
    for method in METHODS:
        columns[words(f"method.{method}")] = [round(row.psnr_db[method], 2) for row in found]
    columns[words("images.results.behind")] = [row.losses for row in found]
    return columns


def conditions(row: Row, words: Words) -> str:
    kind = words(f"noise.kind.{row.noise}")
    return words("images.results.row", set=words(f"images.set.{row.set}"), noise=kind, sigma=row.sigma)


def losses(found: tuple[Row, ...], words: Words) -> list[str]:
    """A sentence for each line: where the network is behind, behind whom and by how much, or that it is nowhere."""
    return [_loss(row, words) for row in found]


def _loss(row: Row, words: Words) -> str:
    facts = {
        "where": conditions(row, words),
        "learned": words(f"method.{METHODS[0]}"),
        "pictures": row.pictures,
        "count": row.losses,
        "method": words(f"method.{row.worst_method}"),
        "picture": words(f"picture.{row.worst}") if f"picture.{row.worst}" in words else row.worst,
        "gap": abs(row.worst_db),
    }
    if not row.losses:
        return words("images.results.never", **facts)
    behind = row.psnr_db[row.rival] - row.psnr_db[METHODS[0]]
    sentence = words("images.results.sometimes", **facts)
    if behind > 0:
        rival = words(f"method.{row.rival}")
        sentence = words("images.results.mean", rival=rival, behind=behind, **facts)
    why = f"images.results.why.{row.noise}" if behind > 0 else f"images.results.why.{row.noise}-{row.worst}"
    return f"{sentence} {words(why)}" if why in words else sentence
