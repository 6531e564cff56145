"""The token of each role: made, known to the server, allowed what the role needs, and in its file."""

from collections.abc import Iterator
from functools import partial

from influx.connect import Role
from influx.influxdb.administration import Server
from influx.influxdb.authorizations import UNFINISHED, Held, delete, held, make, mark_of, wanted_rights
from influx.influxdb.difference import Difference
from influx.secret_files import exposed, hide

ROLES = tuple(role for role in Role if role is not Role.OPERATOR)


class TokenRefused(Exception):
    """A token that we do not revoke, in one sentence."""


def file_differences(server: Server) -> Iterator[Difference]:
    """One difference a file in ``token_dir``, or the folder itself, that others than its owner may read."""
    for path in exposed(server.config.token_dir):
        yield Difference(
            str(path), "can be read by others", "can be read by its owner alone", partial(hide, path)
        )


def token_differences(server: Server) -> Iterator[Difference]:
    """One difference a role without a good token, and one an authorization that was left unfinished."""
    there = list(held(server))
    for role in ROLES:
        current = _current(server, role, there)
        lacking = _lacking(server, role, current)
        if lacking:
            yield Difference(
                f"token of the {role}", lacking, "made", partial(_replace, server, role, current)
            )
    for left in there:
        if left.mark == UNFINISHED:
            yield Difference(
                f"token {left.id} of the {left.role}",
                "was never finished",
                "removed",
                partial(delete, server, left.id),
            )


def list_tokens(server: Server) -> list[tuple[Held, bool]]:
    """Every token of this prefix and every operator's, oldest first, and whether it is in its role's file."""
    there = sorted(held(server), key=lambda one: one.made)
    return [(one, one == _current(server, one.role, there)) for one in there]


def revoke(server: Server, authorization_id: str, *, force: bool = False) -> Held:
    """Delete a token of this prefix; ``force`` allows it to be an operator's. Raises ``TokenRefused``."""
    found = next((one for one in held(server) if one.id == authorization_id), None)
    if found is None:
        raise TokenRefused(f"there is no token {authorization_id!r:.40} of ours; `hutch influx token list`")
    if found.role is Role.OPERATOR and not force:
        raise TokenRefused(
            f"{authorization_id} is an operator's: without one nobody can make tokens any more; "
            "--force revokes it all the same"
        )
    delete(server, authorization_id)
    return found


def _current(server: Server, role: Role, there: list[Held]) -> Held | None:
    """The authorization that the token in the file of ``role`` stands for."""
    try:
        token = (server.config.token_dir / role).read_text().strip()
    except (OSError, ValueError):
        return None
    return next((one for one in there if one.role is role and one.mark == mark_of(token)), None)


def _lacking(server: Server, role: Role, current: Held | None) -> str:
    if current is None:
        there = (server.config.token_dir / role).exists()
        return "is not one that the server knows" if there else "is missing"
    if not current.active:
        return "is inactive"
    if current.rights != wanted_rights(server, role):
        return "may not do just what the role needs"
    return ""


def _replace(server: Server, role: Role, current: Held | None) -> None:
    """The new one is in the file before the old one ends, so that who is refused finds it there."""
    make(server, role)
    if current is not None:
        delete(server, current.id)
