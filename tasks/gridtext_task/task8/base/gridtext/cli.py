"""The command line: python3 -m gridtext. It reads CSV and writes a table."""

import argparse
import sys

from .borders import BORDERS
from .errors import GridError
from .reader import from_csv


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="gridtext", description="Read CSV from standard input and write a table.")
    parser.add_argument("--border", choices=sorted(BORDERS), default="ascii", help="the lines around the cells")
    parser.add_argument("--delimiter", default=",", metavar="CHARACTER", help="what stands between the values")
    return parser


def main(argv=None, source=None):
    """Write the table that is read from source, standard input by default. Returns 1 if that is no table."""
    options = build_parser().parse_args(argv)
    source = source or sys.stdin
    try:
        table = from_csv(source.read(), options.delimiter, options.border)
    except GridError as error:
        print(f"gridtext: {error}", file=sys.stderr)
        return 1

    print(table.render())
    return 0
