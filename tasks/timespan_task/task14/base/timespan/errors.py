"""What can go wrong. Every error is a ValueError, so callers need not know this module."""


class TimespanError(ValueError):
    """The base of all errors of this library."""


class ParseError(TimespanError):
    """A text is not a duration."""

    def __init__(self, text, position, reason):
        super().__init__(f"{reason} at position {position} of {text!r}")
        self.text = text
        self.position = position
        self.reason = reason


class UnknownUnit(TimespanError):
    """A word is not the name of a unit."""

    def __init__(self, name):
        super().__init__(f"unknown unit {name!r}")
        self.name = name
