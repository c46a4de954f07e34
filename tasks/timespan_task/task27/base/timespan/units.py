"""The units that the library knows, from the longest to the shortest."""

from dataclasses import dataclass

from .errors import UnknownUnit


@dataclass(frozen=True)
class Unit:
    """A unit of time with a fixed length."""

    symbol: str
    name: str
    seconds: int
    aliases: tuple = ()

    def words(self):
        """All the words that mean this unit."""
        return (self.symbol, self.name, self.name + "s") + self.aliases


UNITS = (
    Unit("w", "week", 7 * 24 * 3600, ("wk", "wks")),
    Unit("d", "day", 24 * 3600),
    Unit("h", "hour", 3600, ("hr", "hrs")),
    Unit("m", "minute", 60, ("min", "mins")),
    Unit("s", "second", 1, ("sec", "secs")),
)

_BY_WORD = {word: unit for unit in UNITS for word in unit.words()}


def find_unit(word):
    """Return the unit that a word such as "h" or "Hours" means."""
    try:
        return _BY_WORD[word.lower()]
    except KeyError:
        raise UnknownUnit(word) from None
