"""The lines that a table is made of."""

from .cells import pad


def format_row(cells, columns, widths, border):
    """Return the line of one row."""
    left, between, right = border.row
    padded = [pad(text, width, column.align) for text, column, width in zip(cells, columns, widths)]
    return (left + between.join(padded) + right).rstrip()


def format_rule(widths, border):
    """Return the line between rows."""
    left, between, right = border.rule
    return left + between.join(border.dash * width for width in widths) + right
