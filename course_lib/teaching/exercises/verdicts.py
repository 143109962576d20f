"""What a learner is told: verdicts and hints, as text and for a notebook."""

import html
from dataclasses import dataclass

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted", "wrong", "right"
SYMBOLS = {NOT_ATTEMPTED: "○", WRONG: "✗", RIGHT: "✓"}
HEADINGS = {NOT_ATTEMPTED: "not attempted yet", WRONG: "not right yet", RIGHT: "right"}
COLORS = {NOT_ATTEMPTED: "#7d7d7d", WRONG: "#b06000", RIGHT: "#00717b"}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What is said of an answer; `state` is one of the three words above."""

    number: str
    state: str
    message: str

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.state == RIGHT

    def __repr__(self) -> str:
        return (f"{SYMBOLS[self.state]} {self.number} {HEADINGS[self.state]}. "
                f"{self.message}")

    def _repr_html_(self) -> str:
        heading = f"{SYMBOLS[self.state]} {self.number} {HEADINGS[self.state]}."
        return boxed(heading, self.message, COLORS[self.state])


@dataclass(frozen=True, repr=False)
class Hint:
    """One of an exercise's hints."""

    number: str
    level: int
    of: int
    text: str

    def __repr__(self) -> str:
        return f"{self.heading} {self.text}"

    @property
    def heading(self) -> str:
        """Which hint this is, and whether more can be had."""
        more = "" if self.level < self.of else ", the last"
        return f"Hint {self.level} of {self.of}{more}, for {self.number}:"

    def _repr_html_(self) -> str:
        return boxed(self.heading, self.text, "#3a3fa0")


def boxed(heading: str, text: str, color: str) -> str:
    """Return a heading and a text as HTML, behind a bar of color."""
    text = html.escape(text).replace("\n", "<br>")
    return (f'<div style="border-left:5px solid {color};padding:0.4em 0.9em;'
            f'margin:0.3em 0;max-width:46em"><strong>{html.escape(heading)}</strong> '
            f'<span style="white-space:pre-wrap">{text}</span></div>')
