# SPDX-License-Identifier: MIT
"""Cost against number of tokens, as SVG: both axes logarithmic, a line a series."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 40, 50
COLOURS = ["#1b6ca8", "#8ab8d8", "#b3541e", "#e0a97f", "#3d7d3a", "#7a4f9a"]


def decades(low, high):
    return [10 ** n for n in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def steps(low, high):
    """Lines of the value axis: 1, 2 and 5 of each decade that is needed."""
    every = [digit * decade for decade in decades(low, high) for digit in (1, 2, 5)]
    first = max((step for step in every if step <= low), default=every[0])
    last = min((step for step in every if step >= high), default=every[-1])
    return [step for step in every if first <= step <= last]


class Axis:
    def __init__(self, low, high, begin, end):
        self.low, self.span, self.begin, self.end = math.log10(low), math.log10(high / low) or 1, begin, end

    def at(self, value):
        return round(self.begin + (math.log10(value) - self.low) / self.span * (self.end - self.begin), 1)


def label(tokens):
    power = math.log10(tokens)
    raised = str(round(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if 10 ** round(power) == tokens else f"{tokens:,}"


def text(x, y, words, anchor="middle", colour="#222"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def line(x1, y1, x2, y2, colour="#ddd"):
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"/>'


def curve(points, x, y, colour):
    path = " ".join(f"{x.at(tokens)},{y.at(ns)}" for tokens, ns in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for tokens, ns in points:
        yield f'<circle cx="{x.at(tokens)}" cy="{y.at(ns)}" r="3" fill="{colour}"/>'


def grid(x, y, sizes, values):
    for tokens in sizes:
        yield line(x.at(tokens), TOP, x.at(tokens), HEIGHT - BOTTOM)
        yield text(x.at(tokens), HEIGHT - BOTTOM + 18, label(tokens))
    for value in values:
        yield line(LEFT, y.at(value), WIDTH - RIGHT, y.at(value))
        yield text(LEFT - 8, y.at(value) + 4, f"{value:,}", "end")


def svg(series):
    """series: name -> [(tokens, nanoseconds)]"""
    sizes = sorted({tokens for points in series.values() for tokens, _ in points})
    every = [ns for points in series.values() for _, ns in points]
    values = steps(min(every), max(every))
    x, y = Axis(sizes[0], sizes[-1], LEFT, WIDTH - RIGHT), Axis(values[0], values[-1], HEIGHT - BOTTOM, TOP)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    yield text((LEFT + WIDTH - RIGHT) / 2, 22, "nanoseconds a validate against tokens in the store")
    yield from grid(x, y, sizes, values)
    for number, (name, points) in enumerate(sorted(series.items(), key=lambda item: -item[1][-1][1])):
        colour = COLOURS[number % len(COLOURS)]
        yield from curve(sorted(points), x, y, colour)
        yield line(WIDTH - RIGHT + 16, TOP + 8 + 20 * number, WIDTH - RIGHT + 36, TOP + 8 + 20 * number, colour)
        yield text(WIDTH - RIGHT + 42, TOP + 12 + 20 * number, name, "start")
    yield "</svg>"
