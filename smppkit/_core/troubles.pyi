"""What is wrong with PDUs, or odd about them, in the words of the codec."""

from typing import final

from .vocabulary import Vocabulary

@final
class Teller:
    def __init__(self, words: Vocabulary, odd: bool) -> None: ...
