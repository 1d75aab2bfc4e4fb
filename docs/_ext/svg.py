"""The few SVG shapes that the drawings need: boxes, lines and text, in the colours of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

CHARACTER = 7.2
"""Width of a character of the drawings' 12 pixel monospaced type, in pixels."""


LEAST_SCALE = 0.75
"""How small a drawing becomes on a phone before it scrolls."""

SMALL = 10.0
"""Size of the style `small`, in pixels."""


def width_of(text: str, size: float = 12.0) -> float:
    """The width of a text, in pixels."""
    return len(text) * CHARACTER * size / 12.0


@dataclass(slots=True)
class Drawing:
    """Collects shapes and writes one self-contained <svg>. Lengths are pixels."""

    title: str
    width: float = 0.0
    height: float = 0.0
    parts: list[str] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, *, style: str = "box", hint: str = "") -> None:
        """A rectangle; `hint` is its tooltip."""
        self._reach(x + width, y + height)
        about = f"<title>{escape(hint)}</title>" if hint else ""
        self.parts.append(
            f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4">{about}</rect>'
        )

    def text(self, x: float, y: float, text: str, *, style: str = "", anchor: str = "start") -> None:
        """Text on a base line; `anchor` is start, middle or end."""
        width = width_of(text, SMALL if style == "small" else 12.0)
        self._reach(x + width * {"start": 1.0, "middle": 0.5, "end": 0.0}[anchor], y + 4)
        self.parts.append(f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>')

    def line(self, points: list[tuple[float, float]], *, style: str = "line", arrow: bool = False) -> None:
        """A line through the points, with an arrowhead at the last one if `arrow`."""
        for x, y in points:
            self._reach(x, y)
        path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        head = ' marker-end="url(#arrow)"' if arrow else ""
        self.parts.append(f'<path class="{style}" d="{path}"{head}/>')

    def mark(self, x: float, y: float, style: str, *, hint: str = "") -> None:
        """A mark of 8 pixels around a point: `answered` a full circle, `refused` a hollow one, `onward` a triangle."""
        self._reach(x + 4, y + 4)
        shape = {
            "onward": f'path d="M{x - 4:g} {y - 4:g} L{x + 4:g} {y:g} L{x - 4:g} {y + 4:g} z"',
        }.get(style, f'circle cx="{x:g}" cy="{y:g}" r="4"')
        about = f"<title>{escape(hint)}</title>" if hint else ""
        element = shape.partition(" ")[0]
        self.parts.append(f'<{shape} class="mark {style}">{about}</{element}>')

    def svg(self, margin: float = 8.0) -> str:
        """The whole element, on one line, as Markdown requires."""
        width, height = self.width + margin, self.height + margin
        return (
            f'<svg class="drawing" role="img" aria-label={quoteattr(self.title)} xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="{-margin:g} {-margin:g} {width + margin:g} {height + margin:g}" width="{width + margin:g}" '
            f'style="min-width: {(width + margin) * LEAST_SCALE:.0f}px">'
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto-start-reverse"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
            f"{''.join(self.parts)}</svg>"
        )

    def _reach(self, x: float, y: float) -> None:
        self.width, self.height = max(self.width, x), max(self.height, y)
