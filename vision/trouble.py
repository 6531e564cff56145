"""What does not work for a while, said once when it begins and once when it is over."""

import logging

logger = logging.getLogger(__name__)


class Trouble:
    """Whether one thing works; who does it tells each time how it went."""

    def __init__(self) -> None:
        self._lasts = False

    def begins(self, sentence: str, error: Exception) -> None:
        """It failed, with ``error``; ``sentence`` says what cannot be done."""
        if not self._lasts:
            logger.warning("%s: %s", sentence, error)
        self._lasts = True

    def ends(self, sentence: str) -> None:
        """It worked; ``sentence`` says what is done again."""
        if self._lasts:
            logger.info("%s", sentence)
        self._lasts = False
