"""Durations as one number."""

from .units import find_unit


def total_in(delta, word):
    """Return a duration as a number of one unit. The number is an int where it is whole."""
    total = delta.total_seconds() / find_unit(word).seconds
    return int(total) if total.is_integer() else total
