"""Tables of plain text."""

from .borders import BORDERS
from .columns import Column
from .errors import GridError
from .reader import from_csv, from_records
from .table import Table

__version__ = "1.2.0"

__all__ = ["BORDERS", "Column", "GridError", "Table", "from_csv", "from_records"]
