"""A strategy as a PDF: picture, steps, texts, law, examples and who approved; equal sheets, equal bytes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fpdf.enums import XPos, YPos

from channels.formats import long_date
from channels.paper import FONT, MARGIN_MM, SIZE_PT, Letterhead, Paper
from channels.strategy_print.drawing import KIND_COLOURS, draw_strategy
from channels.strategy_print.sheet import COUNSEL, StrategySheet, Text, ways_of
from engine.strategy.telling import ToldStep

INK, MUTED, LINE, WASH = "#1f2430", "#6b7280", "#e6e4e0", "#f5f4f2"
INDENT_MM = 9.0


def strategy_pdf(sheet: StrategySheet) -> bytes:
    """The document."""
    paper = _Sheet(sheet)
    paper.opening()
    paper.section("Dibujo")
    draw_strategy(paper, sheet)
    paper.section("Pasos", apart=True)
    for step in sheet.told.steps:
        paper.step(step)
    if sheet.texts:
        paper.section("Textos de los mensajes")
        for text in sheet.texts:
            paper.text_of(text)
    paper.law()
    paper.examples()
    paper.signatures()
    return paper.bytes()


class _Sheet(Paper):
    """The paper of one strategy."""

    def __init__(self, sheet: StrategySheet) -> None:
        self.sheet = sheet
        small = f"{sheet.name} · {sheet.state} · huella {sheet.content_hash[:16]}"
        head = Letterhead(sheet.creditor, f"Cartera {sheet.portfolio}", legal_text=small)
        super().__init__(head, sheet.country, sheet.on, sheet.name)

    def header(self) -> None:
        """The letterhead in its own colour and margin, wherever a page is broken."""
        with self._outermost(INK):
            super().header()

    def footer(self) -> None:
        """The small print, likewise."""
        with self._outermost(MUTED):
            super().footer()

    @contextmanager
    def _outermost(self, colour: str) -> Iterator[None]:
        margin = self.l_margin
        self.set_left_margin(MARGIN_MM)
        self.set_x(MARGIN_MM)
        self.set_text_color(colour)
        yield
        self.set_left_margin(margin)

    def opening(self) -> None:
        """Name, state, what is known of the document, and when accounts leave."""
        sheet = self.sheet
        self.set_text_color(INK)
        self._words(sheet.name, 20, "B", 9)
        self.set_text_color(MUTED)
        self._words(f"{sheet.state}, {long_date(sheet.on.isoformat())}", 10, "", 6)
        self.ln(3)
        self.set_text_color(INK)
        self._facts([*sheet.about, ("Huella del contenido", sheet.content_hash)])
        self.ln(3)
        self._words(f"La cuenta sale cuando {sheet.told.exit}.", SIZE_PT, "B", 5.4)
        for line in sheet.told.on_hold:
            self._words(line, SIZE_PT, "", 5.4)

    def section(self, title: str, *, apart: bool = False) -> None:
        """A chapter; ``apart`` begins on its own page, any other where there is room for its beginning."""
        if apart or self.get_y() > self.h - 70:
            self.add_page()
        else:
            self.ln(5)
        self.set_text_color(INK)
        self._words(title, 14, "B", 8)
        self.set_draw_color(LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(3)

    def step(self, step: ToldStep) -> None:
        """Number and name in the colour of its kind, the sentence, and where each way leads."""
        self._keep_together(26 + 5 * len(step.ways))
        top, colour = self.get_y(), KIND_COLOURS[step.kind]
        self.set_fill_color(colour)
        self.ellipse(self.l_margin, top, 6, 6, style="F")
        self.set_font(FONT, "B", 8)
        self.set_text_color("#ffffff")
        number = str(step.number)
        self.text(self.l_margin + 3 - self.get_string_width(number) / 2, top + 4, number)
        self._indented()
        self.set_text_color(INK)
        self._words(step.name, 11, "B", 6)
        self.set_text_color(colour)
        self._words(step.title, 8, "", 4)
        self.set_text_color(INK)
        self._words(step.said, 9.5, "", 4.8)
        for label, conditions, target in ways_of(step):
            self._way(label, conditions, target)
        self._indented(back=True)
        self.ln(4)

    def _way(self, label: str, conditions: Sequence[str], target: int | None) -> None:
        """One way out: an arrow, its name, its condition, and the step it leads to."""
        self._keep_together(8)
        left, y = self.l_margin, self.get_y() + 2.4
        self.set_draw_color(MUTED)
        self.line(left, y, left + 4, y)
        self.line(left + 3, y - 0.8, left + 4, y)
        self.line(left + 3, y + 0.8, left + 4, y)
        when = f" ({conditions[0]})" if conditions else ""
        where = "a ninguna parte" if target is None else f"{target}. {self.sheet.steps[target].name}"
        self.set_left_margin(left + 6)
        self.set_x(left + 6)
        self._words(f"{label}{when}: {where}", 9, "", 4.8)
        self.set_left_margin(left)
        self.set_x(left)

    def text_of(self, text: Text) -> None:
        """The words of a template on a tinted ground."""
        self._keep_together(34)
        self.set_text_color(INK)
        self._words(text.name, 10.5, "B", 5.6)
        self.set_text_color(MUTED)
        self._words(f"{text.key} · {text.channel} · {text.state}", 8, "", 4.4)
        self.set_text_color(INK)
        subject = f"Asunto: {text.subject}\n\n" if text.subject else ""
        self._tinted(subject + text.body)
        if text.neutral:
            self.set_text_color(MUTED)
            self._words("A una dirección sin verificar:", 8, "", 4.4)
            self.set_text_color(INK)
            self._tinted(text.neutral)
        self.ln(3)

    def law(self) -> None:
        """The rules the strategy was checked against, and what counsel has still to say."""
        sheet = self.sheet
        self.section("Base legal")
        self._words(COUNSEL, 9, "I", 4.6)
        self.ln(2)
        norms: dict[str, list[str]] = {}
        for note in sheet.law:
            norms.setdefault(f"{note.pack}: {note.law}, {note.article}", []).append(note.said)
        for norm, rules in norms.items():
            self._keep_together(20)
            self._words(norm, 9, "B", 4.8)
            for said in rules:
                self._listed(said)
            self.ln(2)
        for question in sheet.open_questions:
            self._listed(f"Por confirmar: {question}")
        for warning in sheet.warnings:
            self._listed(f"Advertencia de la revisión: {warning}")

    def examples(self) -> None:
        """The imagined accounts and what is expected of them, day by day."""
        told = self.sheet.told.examples
        if told:
            self.section("Ejemplos")
        for example in told:
            self._keep_together(40)
            self._words(example.name, 10.5, "B", 5.6)
            self.set_text_color(MUTED)
            self._words(example.about, 8, "", 4.6)
            self.set_text_color(INK)
            rows = [(str(day), known, wanted) for day, known, wanted in example.days]
            self._rows(("Día", "Se sabe", "Se espera"), rows, (7, 55, 38))

    def signatures(self) -> None:
        """Every version with the two persons behind it."""
        if not self.sheet.signatures:
            return
        self.section("Aprobaciones")
        rows = [
            (f"v{s.version}", f"{s.on:%d/%m/%Y}", s.asked_by, s.approved_by, s.content_hash[:12], s.note)
            for s in self.sheet.signatures
        ]
        titles = ("Versión", "Fecha", "Pidió", "Aprobó", "Huella", "Nota")
        self._rows(titles, rows, (10, 14, 18, 18, 18, 22))

    # -- how it is set --------------------------------------------------------------------

    def _words(self, text: str, size: float, style: str, line: float) -> None:
        self.set_font(FONT, style, size)
        self.multi_cell(0, line, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """What is known of the document: names at the left, muted."""
        for name, value in rows:
            self.set_font(FONT, "", 9)
            self.set_text_color(MUTED)
            self.cell(38, 5.2, name)
            self.set_text_color(INK)
            self.multi_cell(0, 5.2, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _listed(self, text: str) -> None:
        """A line of a list, behind a dot."""
        self._keep_together(10)
        self.set_fill_color(MUTED)
        self.ellipse(self.l_margin + 1.5, self.get_y() + 1.8, 1.1, 1.1, style="F")
        self.set_x(self.l_margin + 4)
        self.set_font(FONT, "", 9)
        self.multi_cell(0, 4.8, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _tinted(self, text: str) -> None:
        self.set_font(FONT, "", 9.5)
        self.set_fill_color(WASH)
        self.multi_cell(0, 4.8, text, align="L", fill=True, padding=2, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1.5)

    def _rows(self, titles: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        self.set_font(FONT, "", 8.5)
        self.set_draw_color(LINE)
        self.set_fill_color(255)
        with self.table(
            col_widths=tuple(widths),
            text_align="LEFT",
            v_align="TOP",
            line_height=4.6,
            padding=1,
            borders_layout="HORIZONTAL_LINES",
        ) as table:
            for row in (titles, *rows):
                table.row([str(cell) for cell in row])
        self.ln(3)

    def _keep_together(self, tall: float) -> None:
        """Another page where so many millimetres are not left on this one."""
        if self.get_y() + tall > self.h - self.b_margin:
            self.add_page()

    def _indented(self, *, back: bool = False) -> None:
        self.set_left_margin(self.l_margin + (-INDENT_MM if back else INDENT_MM))
        self.set_x(self.l_margin)
