"""The table itself."""

from .borders import find_border
from .cells import to_text
from .columns import Column, measure
from .errors import GridError
from .rows import format_row, format_rule


class Table:
    """Columns, rows, and a border to draw them with."""

    def __init__(self, columns, border="ascii"):
        self.columns = [Column(column) if isinstance(column, str) else column for column in columns]
        if not self.columns:
            raise GridError("a table needs at least one column")
        self.border = find_border(border)
        self.rows = []

    def add_row(self, *cells):
        """Add a row at the end. It needs one cell for each column."""
        self.rows.append(self._texts(cells))

    def sort_by(self, title, reverse=False):
        """Sort the rows by the text of one column."""
        titles = [column.title for column in self.columns]
        if title not in titles:
            raise GridError(f"no column {title!r}")
        index = titles.index(title)
        self.rows.sort(key=lambda row: row[index], reverse=reverse)

    def render(self):
        """Return the table as text, without a line break at its end."""
        widths = measure(self.columns, self.rows)
        rule = format_rule(widths, self.border)
        titles = [column.title for column in self.columns]

        lines = [rule] if self.border.outer else []
        lines.append(format_row(titles, self.columns, widths, self.border))
        lines.append(rule)
        for row in self.rows:
            lines.append(format_row(row, self.columns, widths, self.border))

        if self.border.outer:
            lines.append(rule)
        return "\n".join(lines)

    def _texts(self, cells):
        if len(cells) != len(self.columns):
            raise GridError(f"expected {len(self.columns)} cells, got {len(cells)}")
        return [to_text(cell) for cell in cells]
