from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

from api.access.script_tokens import ScriptTokens

NOW = datetime(2026, 5, 28, 14, tzinfo=UTC)


def test_the_first_tokens_made_at_once_are_all_good(tmp_path: Path) -> None:
    for turn in range(5):
        path = tmp_path / f"{turn}.key"
        tokens, together = ScriptTokens(path), Barrier(8)

        def first(number: int, tokens: ScriptTokens = tokens, together: Barrier = together) -> str:
            together.wait(10)
            return tokens.make(f"user{number}", "generation", NOW)

        with ThreadPoolExecutor(8) as scripts:
            made = list(scripts.map(first, range(8)))
        for read in (tokens, ScriptTokens(path)):
            assert [read.read(token, NOW)[0] for token in made] == [f"user{number}" for number in range(8)]
