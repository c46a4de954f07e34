"""Tables from data in other forms."""

import csv
import io

from .columns import Column
from .errors import GridError
from .table import Table


def from_csv(text, delimiter=",", border="ascii"):
    """Return a table with the data of a CSV text. Its first line holds the titles."""
    lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if line]
    if not lines:
        raise GridError("the CSV text is empty")
    return _table(lines[0], lines[1:], border)


def from_records(records, border="ascii"):
    """Return a table with one row for each dict. The keys of the first one are the titles."""
    if not records:
        raise GridError("there are no records")
    titles = list(records[0])
    return _table(titles, [[record.get(title) for title in titles] for record in records], border)


def _table(titles, rows, border):
    for row in rows:
        if len(row) != len(titles):
            raise GridError(f"expected {len(titles)} cells, got {len(row)}")
    table = Table([Column(title, align=_alignment([row[i] for row in rows])) for i, title in enumerate(titles)], border)
    for row in rows:
        table.add_row(*row)
    return table


def _alignment(values):
    return "right" if values and all(_is_number(value) for value in values) else "left"


def _is_number(value):
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
