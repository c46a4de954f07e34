"""What can go wrong."""


class GridError(ValueError):
    """A table cannot be made or written."""
