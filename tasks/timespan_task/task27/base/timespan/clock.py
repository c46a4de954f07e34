"""Durations as a clock shows them: 1:30:00 or 2:05."""

import re
from datetime import timedelta

from .errors import ParseError

_CLOCK = re.compile(r"(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d{2})")


def parse_clock(text):
    """Read H:MM:SS or M:SS. Only the first number may be larger than 59."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ParseError(text, 0, "expected H:MM:SS or M:SS")
    hours = int(match["hours"] or 0)
    minutes = int(match["minutes"])
    seconds = int(match["seconds"])
    if seconds > 59:
        raise ParseError(text, match.start("seconds"), "more than 59 seconds")
    if match["hours"] and minutes > 59:
        raise ParseError(text, match.start("minutes"), "more than 59 minutes")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
