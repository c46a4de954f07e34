"""Writing durations."""

from datetime import timedelta

from .errors import TimespanError
from .units import UNITS

ZERO = timedelta(0)
SECOND = timedelta(seconds=1)


def split(delta):
    """Return the length of a duration as pairs of count and unit, longest unit first, without the zeros."""
    delta = abs(delta)
    parts = []
    rest = delta // SECOND
    for unit in UNITS:
        count, rest = divmod(rest, unit.seconds)
        if count:
            parts.append((count, unit))
    return parts


def format_short(delta, max_units=None):
    """Return a duration with symbols, such as 1h30m, in at most max_units units."""
    parts = _longest(split(delta), max_units)
    return _sign(delta, parts) + ("".join(f"{count}{unit.symbol}" for count, unit in parts) or "0s")


def format_long(delta, max_units=None):
    """Return a duration in words, such as "1 hour, 30 minutes", in at most max_units units."""
    parts = _longest(split(delta), max_units)
    return _sign(delta, parts) + (", ".join(_in_words(count, unit) for count, unit in parts) or "0 seconds")


def _sign(delta, parts):
    return "-" if parts and delta < ZERO else ""


def _in_words(count, unit):
    return f"{count} {unit.name}" if count == 1 else f"{count} {unit.name}s"


def _longest(parts, max_units):
    if max_units is not None and max_units < 1:
        raise TimespanError("a duration needs at least one unit")
    return parts[:max_units]
