"""Durations as ISO 8601 writes them: PT1H30M, P3D, P2W."""

import re
from datetime import timedelta
from fractions import Fraction

from .errors import ParseError
from .units import find_unit

_NUMBER = r"\d+(?:[.,]\d+)?"
_ISO = re.compile(
    rf"P(?:(?P<w>{_NUMBER})W)?(?:(?P<d>{_NUMBER})D)?"
    rf"(?:T(?:(?P<h>{_NUMBER})H)?(?:(?P<m>{_NUMBER})M)?(?:(?P<s>{_NUMBER})S)?)?"
)


def parse_iso(text):
    """Read an ISO 8601 duration. Years and months are refused: they have no fixed length."""
    match = _ISO.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ParseError(text, 0, "expected an ISO 8601 duration of weeks, days, hours, minutes and seconds")
    total = Fraction(0)
    for symbol, number in match.groupdict().items():
        if number:
            total += Fraction(number.replace(",", ".")) * find_unit(symbol).seconds
    return timedelta(microseconds=round(total * 1_000_000))
