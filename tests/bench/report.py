# SPDX-License-Identifier: MIT
"""The benchmark's figures as Markdown and as JSON, and whether the bounds were kept."""
import json
from typing import NamedTuple

from figures import FIGURES


class Measured(NamedTuple):
    value: float
    low: float   # quartiles of the rounds
    high: float
    rounds: int


def missed(measured, figures, unjudged):
    """Figures whose bound is not kept; one that was not measured misses it, and so does any whose peer is missing.

    unjudged: what figures need -> why they are not judged without it.
    """
    for figure in figures:
        if figure.unjudged_for(unjudged):
            continue
        found = measured.get(figure.id)
        if not figure.keeps(found.value if found else None) or (figure.needs and not found):
            yield figure


def json_lines(measured, figures, unjudged):
    misses = {figure.id for figure in missed(measured, figures, unjudged)}
    for figure in figures:
        found = measured.get(figure.id)
        yield json.dumps({"figure": figure.text, "value": found.value if found else None, "bound": figure.bound,
                          "ok": None if figure.unjudged_for(unjudged) else figure.id not in misses}, ensure_ascii=False)


def number(value):
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.3f}"


def bound_of(figure):
    return {"most": "≤ ", "least": "≥ ", "report": ""}[figure.kind] + (f"{figure.bound:g}" if figure.kind != "report" else "")


def verdict_of(figure, misses, unjudged):
    reason = figure.unjudged_for(unjudged)
    if reason:
        return f"not judged: {reason}"
    return "**missed**" if figure.id in misses else "kept" if figure.kind != "report" else ""


def table(measured, figures, unjudged):
    misses = {figure.id for figure in missed(measured, figures, unjudged)}
    yield "| figure | median | quartiles | rounds | bound | |"
    yield "|---|---|---|---|---|---|"
    for figure in figures:
        found = measured.get(figure.id)
        words = [figure.text, "not measured", "", ""]
        if found:
            quartiles = f"{number(found.low)} to {number(found.high)}" if found.rounds > 1 else ""
            words = [figure.text, number(found.value), quartiles, str(found.rounds)]
        yield "| " + " | ".join(words + [bound_of(figure), verdict_of(figure, misses, unjudged)]) + " |"


def document(measured, figures, machine, settings, unjudged):
    yield from ["## Machine", ""]
    yield from [f"- {what}: {text}" for what, text in machine]
    yield from ["", "## Figures", ""]
    yield from table(measured, figures, unjudged)
    yield from ["", "## Settings", ""]
    yield from [f"- {who}: {text}" for who, text in settings]
