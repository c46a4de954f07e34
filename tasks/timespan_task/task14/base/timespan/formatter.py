"""Writing durations."""

from datetime import timedelta

from .errors import TimespanError
from .units import UNITS

ZERO = timedelta(0)
SECOND = timedelta(seconds=1)


def split(delta):
    """Return a duration as pairs of count and unit, longest unit first, without the zeros."""
    if delta < ZERO:
        raise TimespanError("cannot write a negative duration")
    parts = []
    rest = delta // SECOND
    for unit in UNITS:
        count, rest = divmod(rest, unit.seconds)
        if count:
            parts.append((count, unit))
    return parts


def format_short(delta):
    """Return a duration with symbols, such as 1h30m."""
    parts = split(delta)
    return "".join(f"{count}{unit.symbol}" for count, unit in parts) or "0s"


def format_long(delta):
    """Return a duration in words, such as "1 hour, 30 minutes"."""
    parts = split(delta)
    return ", ".join(_in_words(count, unit) for count, unit in parts) or "0 seconds"


def _in_words(count, unit):
    return f"{count} {unit.name}" if count == 1 else f"{count} {unit.name}s"
