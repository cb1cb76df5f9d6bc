"""What is wrong with PDUs, or odd about them, in the words of the codec."""

from .vocabulary import Vocabulary

class Teller:
    def __init__(self, words: Vocabulary, odd: bool) -> None: ...
