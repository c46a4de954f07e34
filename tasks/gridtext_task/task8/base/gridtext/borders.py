"""The lines around and between the cells."""

from dataclasses import dataclass

from .errors import GridError


@dataclass(frozen=True)
class Border:
    """What stands at the left of, between and at the right of the cells, in rows and in rules."""

    row: tuple
    rule: tuple
    dash: str
    outer: bool = True


BORDERS = {
    "ascii": Border(row=("| ", " | ", " |"), rule=("+-", "-+-", "-+"), dash="-"),
    "double": Border(row=("# ", " # ", " #"), rule=("#=", "=#=", "=#"), dash="="),
    "plain": Border(row=("", "  ", ""), rule=("", "  ", ""), dash="-", outer=False),
}


def find_border(name):
    """Return the border of a name."""
    if name not in BORDERS:
        raise GridError(f"unknown border {name!r}, expected one of {', '.join(sorted(BORDERS))}")
    return BORDERS[name]
