"""The command line: python3 -m timespan."""

import argparse
import sys

from .convert import total_in
from .errors import TimespanError
from .formatter import format_long, format_short
from .parser import parse


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="timespan", description="Read durations and write them in another form.")
    parser.add_argument("durations", nargs="+", metavar="DURATION", help="for example 1h30m or 1:30:00")
    parser.add_argument("--to", metavar="UNIT", help="write the total in this unit")
    parser.add_argument("--long", action="store_true", help="write words, not symbols")
    return parser


def render(delta, options):
    """Return a duration in the form that the options ask for."""
    if options.to:
        return str(total_in(delta, options.to))
    if options.long:
        return format_long(delta)
    return format_short(delta)


def main(argv=None):
    """Write each duration on a line of its own. Returns 1 if one of them could not be read."""
    options = build_parser().parse_args(argv)
    status = 0
    for text in options.durations:
        try:
            print(render(parse(text), options))
        except TimespanError as error:
            print(f"timespan: {error}", file=sys.stderr)
            status = 1
    return status
