"""Reading durations."""

import re
from datetime import timedelta
from fractions import Fraction

from .clock import parse_clock
from .errors import ParseError
from .iso import parse_iso
from .units import find_unit

_TOKEN = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)\s*,?")


def parse(text):
    """Return the duration that a text stands for, as a timedelta.

    Raises ParseError if the text is not a duration, and UnknownUnit if one of its units is not known.
    """
    stripped = text.strip()
    if not stripped:
        raise ParseError(text, 0, "nothing to read")

    if stripped[0] in "+-":
        return _parse_signed(stripped)
    if stripped.startswith("P"):
        return parse_iso(stripped)
    if ":" in stripped:
        return parse_clock(stripped)
    return _parse_units(stripped)


def _parse_signed(text):
    unsigned = text[1:].lstrip()
    if unsigned.startswith(("+", "-")):
        raise ParseError(text, text.index(unsigned[0], 1), "more than one sign")
    return -parse(unsigned) if text[0] == "-" else parse(unsigned)


def _parse_units(text):
    total = Fraction(0)
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ParseError(text, position, "expected a number and a unit")
        unit = find_unit(match["unit"])
        total += Fraction(match["number"]) * unit.seconds
        position = match.end()
    return timedelta(microseconds=round(total * 1_000_000))
