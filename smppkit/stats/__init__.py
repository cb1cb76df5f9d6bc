"""Questions asked of tables of messages: delivery rate, latency, errors, timeline, funnel; a table and a plot each.

Importing this module gives every pandas DataFrame the accessor ``.smpp``. It serves any table with the columns of
``messages``, wherever it came from, and imports nothing else of smppkit but its errors and its HTML.
"""

from .accessor import Questions
from .answer import Answer

__all__ = ["Answer", "Questions"]
