"""Numbers and names as people write them; pure."""

MINUS = "\N{MINUS SIGN}"


def number(value: float, digits: int = 1) -> str:
    """``value`` with ``digits`` decimals, a true minus sign, and never minus zero."""
    text = f"{value:.{digits}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def label(name: str) -> str:
    """A configured name (``living-room``) as people write it (Living room)."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def of_somebody(name: str) -> str:
    """The name of a pet or a person as people write it (``sir-tom``: Sir Tom)."""
    return " ".join(word[:1].upper() + word[1:] for word in label(name).split())
