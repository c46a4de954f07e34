"""Single cells: from a value to text of a given width."""

from .errors import GridError

ALIGNMENTS = ("left", "right", "center")


def to_text(value):
    """Return a value as the text of a cell. None is empty; line breaks become spaces."""
    if value is None:
        return ""
    return " ".join(str(value).splitlines())


def pad(text, width, align):
    """Return a text filled up with spaces to a width."""
    if align == "left":
        return text.ljust(width)
    if align == "right":
        return text.rjust(width)
    if align == "center":
        return text.center(width)
    raise GridError(f"unknown alignment {align!r}, expected one of {', '.join(ALIGNMENTS)}")
