"""The picture of a strategy in lines and boxes on paper, over as many pages as it needs to stay readable."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fpdf import FPDF

from channels.paper import FONT, printable
from channels.strategy_print.sheet import StrategySheet, ways_of
from engine.strategy.telling import ToldStep

KIND_COLOURS: dict[str, str] = {
    "segment": "#1d4ed8", "wait": "#b45309", "channel": "#0f766e", "notice": "#7c2d12",
    "condition": "#6d28d9", "split": "#0e7490", "escalate": "#be123c", "offer": "#4d7c0f",
    "account_action": "#334155", "label": "#64748b", "handover": "#4338ca", "end": "#475569",
}  # fmt: skip
"""The colours of the canvas; a test holds them together."""

BOX_MM, TALL_MM = 46.0, 13.0
ACROSS_MM, DOWN_MM = 53.0, 26.0
SMALLEST = 0.64
"""A picture is made smaller to this scale where that saves a page; smaller could not be read."""

CHIPS_MM = 9.0
"""Room above and below a band for the numbers of steps on other pages."""

HEADED_MM = 40.0
"""Where a page begins below its letterhead."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """Where on the page a band of layers is drawn, and at which scale."""

    left: float
    top: float
    scale: float
    first: int
    last: int

    def centre(self, place: tuple[float, int]) -> Point:
        """The middle of the top edge of a box."""
        column, layer = place
        x = self.left + (column * ACROSS_MM + BOX_MM / 2) * self.scale
        return x, self.top + (layer - self.first) * DOWN_MM * self.scale

    def holds(self, place: tuple[float, int]) -> bool:
        """Whether a place is in this band."""
        return self.first <= place[1] <= self.last


def draw_strategy(paper: FPDF, sheet: StrategySheet) -> None:
    """Draw from where the paper stands; a long strategy goes on, layer by layer, on pages of its own."""
    scale, bands = _fitted(paper, sheet)
    for number, (first, last) in enumerate(bands):
        if number:
            paper.add_page()
            paper.ln(CHIPS_MM)
        left = paper.w / 2 - (_middle(sheet, first, last) * ACROSS_MM + BOX_MM / 2) * scale
        frame = Frame(left, paper.get_y() + 2, scale, first, last)
        for step in sheet.told.steps:
            _ways(paper, sheet, frame, step)
        for step in sheet.told.steps:
            if frame.holds(sheet.drawing.places[step.id]):
                _box(paper, frame, sheet.drawing.places[step.id], step)
        paper.set_y(frame.top + ((last - first) * DOWN_MM + TALL_MM) * scale + CHIPS_MM)


def _middle(sheet: StrategySheet, first: int, last: int) -> float:
    """The column in the middle of a band, so far as all of it stays on the page."""
    columns = [column for column, layer in sheet.drawing.places.values() if first <= layer <= last]
    return (min(columns) + max(columns)) / 2


def _fitted(paper: FPDF, sheet: StrategySheet) -> tuple[float, list[tuple[int, int]]]:
    """The scale, and first and last layer of each page: the fewest pages, then the largest scale for them."""
    rooms = [paper.h - y - paper.b_margin - 2 * CHIPS_MM for y in (paper.get_y(), HEADED_MM)]
    across = min(1.0, paper.epw / (sheet.drawing.columns * ACROSS_MM + BOX_MM))
    steps = 20
    scales = [across - (across - min(across, SMALLEST)) * step / steps for step in range(steps + 1)]
    fewest = len(_bands(sheet.drawing.layers, rooms, scales[-1]))
    for scale in scales:
        bands = _bands(sheet.drawing.layers, rooms, scale)
        if len(bands) == fewest:
            break
    return scale, bands


def _bands(layers: int, rooms: Sequence[float], scale: float) -> list[tuple[int, int]]:
    """Layers page by page; ``rooms`` are the millimetres left here and on every next page."""
    bands: list[tuple[int, int]] = []
    first = 0
    while first < layers:
        room = rooms[min(len(bands), 1)]
        last = min(layers, first + max(1, int((room / scale - TALL_MM) // DOWN_MM) + 1)) - 1
        bands.append((first, last))
        first = last + 1
    return bands


def _box(paper: FPDF, frame: Frame, place: tuple[float, int], step: ToldStep) -> None:
    """A card: a bar in the colour of its kind, number, name, kind."""
    (middle, y), size = frame.centre(place), frame.scale
    x, wide, tall = middle - BOX_MM * size / 2, BOX_MM * size, TALL_MM * size
    colour = KIND_COLOURS[step.kind]
    paper.set_line_width(0.25)
    paper.set_draw_color("#e6e4e0")
    paper.set_fill_color("#ffffff")
    paper.rect(x, y, wide, tall, style="DF", round_corners=True, corner_radius=1.4 * size)
    paper.set_fill_color(colour)
    paper.rect(x, y, 1.6 * size, tall, style="F")
    paper.set_text_color(colour)
    paper.set_font(FONT, "B", 7.0 * size)
    paper.text(x + 3.4 * size, y + 3.9 * size, printable(f"{step.number}  {step.title}"))
    paper.set_text_color("#1f2430")
    paper.set_font(FONT, "B", 8.0 * size)
    for row, line in enumerate(_lines(paper, step.name, wide - 5 * size)):
        paper.text(x + 3.4 * size, y + (7.6 + 3.4 * row) * size, line)


def _lines(paper: FPDF, text: str, wide: float) -> list[str]:
    """A name in at most two lines; what does not fit ends in dots."""
    lines, left = [""], printable(" ".join(text.split())).split(" ")
    while left:
        tried = f"{lines[-1]} {left[0]}".strip()
        if paper.get_string_width(tried) <= wide:
            lines[-1] = tried
            left.pop(0)
        elif len(lines) == 1 and lines[0]:
            lines.append("")
        else:
            break
    if left:
        end = f"{lines[-1]} {left[0]}".strip()
        while end and paper.get_string_width(f"{end}...") > wide:
            end = end[:-1]
        lines[-1] = f"{end.rstrip()}..."
    return lines


def _ways(paper: FPDF, sheet: StrategySheet, frame: Frame, step: ToldStep) -> None:
    """The ways out of a step that begin or end in this band, left to right as their targets stand."""
    places, steps = sheet.drawing.places, sheet.steps
    ways = [(label, steps[target]) for label, target in _by_target(step) if target in steps]
    ways.sort(key=lambda way: places[way[1].id])
    for index, (label, target) in enumerate(ways):
        bends = sheet.drawing.bends[step.id, target.id]
        share = (index + 1) / (len(ways) + 1) - 0.5
        low = index % 2 == 1
        if bends[-1][1] <= bends[0][1]:
            _back(paper, frame, bends, label, target)
        else:
            _down(paper, frame, bends, (share, low), label, step, target)


def _by_target(step: ToldStep) -> list[tuple[str, int]]:
    """The labels of all ways to each step, for one line each."""
    labels: dict[int, list[str]] = {}
    for label, _, target in ways_of(step):
        if target is not None:
            labels.setdefault(target, []).append(label)
    return [(" / ".join(told), target) for target, told in labels.items()]


def _down(
    paper: FPDF,
    frame: Frame,
    bends: Sequence[tuple[float, int]],
    leaving: tuple[float, bool],
    label: str,
    step: ToldStep,
    target: ToldStep,
) -> None:
    """A way to a later layer; where it leaves the page, it says to which step, or from which."""
    size, (share, low) = frame.scale, leaving
    inside = [bend for bend in bends if frame.holds(bend)]
    if not inside or not (frame.holds(bends[0]) or frame.holds(bends[-1])):
        return
    points = [frame.centre(bend) for bend in inside]
    if frame.holds(bends[0]):
        x, y = points[0]
        points[0] = (x + share * BOX_MM * 0.7 * size, y + TALL_MM * size)
    else:
        points = [(points[-1][0] - 6 * size, points[-1][1] - 9 * size), points[-1]]
        _chip(paper, points[0], f"{step.number}", size)
    if not frame.holds(bends[-1]):
        points = [points[0], (points[0][0], points[0][1] + 8.5 * size)]
        _chip(paper, (points[1][0], points[1][1] + 2 * size), f"{target.number}", size)
    _line(paper, points, size)
    if frame.holds(bends[0]):
        _say(paper, points, label, size, low=low)


def _back(
    paper: FPDF, frame: Frame, bends: Sequence[tuple[float, int]], label: str, target: ToldStep
) -> None:
    """A way to an earlier layer: out at the right of the box, with the number it leads to."""
    if not frame.holds(bends[0]):
        return
    size = frame.scale
    x, y = frame.centre(bends[0])
    start = (x + BOX_MM / 2 * size, y + TALL_MM / 2 * size)
    end = (start[0] + 5 * size, start[1])
    paper.set_draw_color("#6b7280")
    paper.line(*start, *end)
    _chip(paper, (end[0] + 2 * size, end[1]), f"{target.number}", size)
    paper.set_font(FONT, "", 5.6 * size)
    paper.set_text_color("#6b7280")
    paper.text(end[0], end[1] + 4.4 * size, printable(label))


def _line(paper: FPDF, points: Sequence[Point], size: float) -> None:
    """Curves from point to point that leave and arrive upright, and an arrow head."""
    paper.set_draw_color("#9ca3af")
    paper.set_line_width(0.3)
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (to_y - y) / 2
        paper.bezier([(x, y), (x, y + half), (to_x, to_y - half), (to_x, to_y)])
    x, y = points[-1]
    paper.set_fill_color("#9ca3af")
    paper.polygon([(x, y), (x - 0.9 * size, y - 1.8 * size), (x + 0.9 * size, y - 1.8 * size)], style="F")


def _chip(paper: FPDF, at: Point, text: str, size: float) -> None:
    """The number of a step that stands on another page, or above."""
    x, y = at
    paper.set_fill_color("#e6e4e0")
    paper.ellipse(x - 2.2 * size, y - 2.2 * size, 4.4 * size, 4.4 * size, style="F")
    paper.set_font(FONT, "B", 6 * size)
    paper.set_text_color("#1f2430")
    paper.text(x - paper.get_string_width(text) / 2, y + 0.75 * size, text)


def _say(paper: FPDF, points: Sequence[Point], label: str, size: float, *, low: bool) -> None:
    """The name of a way, on white, where it leaves the box; ``low`` makes room for its neighbours."""
    text = printable(label)
    if text == "sigue":
        return
    paper.set_font(FONT, "", 6.2 * size)
    wide = paper.get_string_width(text)
    x, y = points[0]
    drift = (points[1][0] - x) * (0.3 if low else 0.12)
    middle, base = x + drift, y + (8.0 if low else 4.4) * size
    paper.set_fill_color("#ffffff")
    paper.rect(middle - wide / 2 - 0.5, base - 2.2 * size, wide + 1, 2.9 * size, style="F")
    paper.set_text_color("#4b5563")
    paper.text(middle - wide / 2, base, text)
