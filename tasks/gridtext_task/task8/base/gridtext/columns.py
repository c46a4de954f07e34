"""Columns and their widths."""

from dataclasses import dataclass

from .cells import ALIGNMENTS
from .errors import GridError


@dataclass(frozen=True)
class Column:
    """A column of a table. Widths are in characters."""

    title: str
    align: str = "left"
    min_width: int = 0

    def __post_init__(self):
        if self.align not in ALIGNMENTS:
            raise GridError(f"unknown alignment {self.align!r}, expected one of {', '.join(ALIGNMENTS)}")
        if self.min_width < 0:
            raise GridError("min_width cannot be negative")


def measure(columns, rows):
    """Return the width of each column: the widest of its cells and its title."""
    widths = []
    for index, column in enumerate(columns):
        texts = [column.title] + [row[index] for row in rows]
        widths.append(max(column.min_width, max(len(text) for text in texts)))
    return widths
