"""Read, write and convert durations."""

from .clock import parse_clock
from .convert import total_in
from .errors import ParseError, TimespanError, UnknownUnit
from .formatter import format_long, format_short
from .iso import parse_iso
from .parser import parse

__version__ = "0.6.0"

__all__ = [
    "ParseError",
    "TimespanError",
    "UnknownUnit",
    "format_long",
    "format_short",
    "parse",
    "parse_clock",
    "parse_iso",
    "total_in",
]
