"""Letters that wait for one contact point: which may go, which go together, and how several are one; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from influx.alarms import Letter, letter_id
from influx.rule import Severity

_SHOWN = 20
"""Letters that one mail tells of in full."""
_LONGEST = timedelta(days=1)
"""No quiet hours are longer: who has to wait for more was written by another clock."""


def is_due(letter: Letter, now: datetime) -> bool:
    """Whether ``letter`` may be sent at ``now``, also where the clock was set back since it was written."""
    waits = letter.not_before - now
    return waits <= timedelta(0) or waits > _LONGEST or letter.not_before <= letter.made


def next_batch(due: Sequence[Letter]) -> list[Letter]:
    """What of ``due`` is tried next, as one mail: all that is in no mail yet, or one mail as it was.

    What was tried less often goes first, so that nothing that fails keeps back what would not; then what is
    a mail already.
    """
    mails = groupby(sorted(due, key=lambda letter: letter.mail), key=lambda letter: letter.mail)
    batches = [list(letters) for _, letters in mails]
    return min(
        batches, key=lambda batch: (min(letter.tries for letter in batch), not batch[0].mail), default=[]
    )


def joined(letters: Sequence[Letter]) -> Letter:
    """Several as one: what is still wrong leads, the newest of what is critical; then the newest of all.

    The same letters are the same one, by its id too.
    """
    if len(letters) == 1:
        return letters[0]
    leads = _leading(letters)
    ids = " ".join(letter.id for letter in letters)
    others = [letter for letter in reversed(letters) if letter is not leads]
    shown = [leads, *others[: _SHOWN - 1]]
    left = len(letters) - len(shown)
    texts = [letter.text for letter in shown] + (
        [f"({left} earlier messages are left out.)\n"] if left else []
    )
    return leads.model_copy(
        update={
            "id": letter_id(ids),
            "subject": f"{leads.subject} ({len(letters)} messages)",
            "text": "\n– – –\n\n".join(texts),
        }
    )


def newest(letters: Sequence[Letter]) -> Letter:
    """The newest of what is critical, or of all."""
    critical = [letter for letter in letters if letter.severity is Severity.CRITICAL]
    return (critical or letters)[-1]


def _leading(letters: Sequence[Letter]) -> Letter:
    wrong: dict[str, Letter] = {}
    for letter in letters:
        for key in letter.alarms:
            wrong.pop(key, None)
        wrong |= dict.fromkeys(letter.fires, letter)
    return newest([letter for letter in letters if letter in wrong.values()] or letters)
