"""Pure state of messages from the records of a log: outcomes, receipts matched, parts joined, inbound put together."""

from .dialects import MATCHED_BY, Dialect, transform
from .fold import TABLES, Fold
from .matching import Matching, match_columns
from .table import Column, Table

__all__ = ["MATCHED_BY", "TABLES", "Column", "Dialect", "Fold", "Matching", "Table", "match_columns", "transform"]
