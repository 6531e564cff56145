"""The token of each role: made, known to the server, allowed what the role needs, and in its file."""

from collections.abc import Iterator
from functools import partial

from influx.connect import Role
from influx.influxdb.administration import Server
from influx.influxdb.authorizations import Held, Right, delete, finish, held, make, mark_of, wanted_rights
from influx.influxdb.difference import Difference
from influx.secret_files import alone, drafts, exposed, hide

ROLES = tuple(role for role in Role if role is not Role.OPERATOR)


class TokenRefused(Exception):
    """A token that we do not revoke, in one sentence."""


def file_differences(server: Server) -> Iterator[Difference]:
    """One difference a file in ``token_dir``, or the folder itself, that others than its owner may read, and
    one a draft of somebody killed.
    """
    for path in exposed(server.config.token_dir):
        yield Difference(
            str(path), "can be read by others", "can be read by its owner alone", partial(hide, path)
        )
    for path in drafts(server.config.token_dir):
        yield Difference(str(path), "was never finished", "removed", partial(path.unlink, missing_ok=True))


def token_differences(server: Server) -> Iterator[Difference]:
    """One difference a role without a good token, and one an authorization that should not be there.

    One that is in no file of ours but may do just what its role needs stays: it is being replaced.
    """
    there = list(held(server))
    for role in ROLES:
        wanted = wanted_rights(server, role)
        current = _current(server, role, there)
        lacking = _lacking(server, role, current, wanted)
        if lacking:
            yield Difference(
                f"token of the {role}", lacking, "made", partial(_replace, server, role, current)
            )
        elif current is not None and not current.finished:
            yield _to_finish(server, current)
        for one in there:
            wrong = _wrong(one, wanted) if one.role is role and one != current else ""
            if wrong:
                yield Difference(_named(one), wrong, "removed", partial(delete, server, one.id))
    yield from _unfinished_operators(server, there)


def _unfinished_operators(server: Server, there: list[Held]) -> Iterator[Difference]:
    """Another's file may hold the token of one, without which nobody there is let in: none is deleted."""
    current = _current(server, Role.OPERATOR, there)
    for one in there:
        if one.role is not Role.OPERATOR or one.finished or one.prefix != server.config.bucket_prefix:
            continue
        if one == current:
            yield _to_finish(server, one)
        else:
            remedy = f"where no file has it, `hutch influx token revoke {one.id} --force` removes it"
            yield Difference(_named(one), f"was never finished; {remedy}", "removed")


def add(server: Server, role: Role) -> str:
    """Put a new token into the file of ``role``; those it had stay valid. Says its authorization's id."""
    with alone(server.config.token_dir):
        return make(server, role)


def list_tokens(server: Server) -> list[tuple[Held, bool]]:
    """Every token of this prefix and every operator's, oldest first, and whether it is in its role's file."""
    there = sorted(held(server), key=lambda one: one.made)
    return [(one, one == _current(server, one.role, there)) for one in there]


def revoke(server: Server, authorization_id: str, *, force: bool = False) -> Held:
    """Delete a token of this prefix; ``force`` allows it to be an operator's. Raises ``TokenRefused``."""
    found = next((one for one in held(server) if one.id == authorization_id), None)
    if found is None:
        raise TokenRefused(
            f"there is no token {authorization_id!r:.40} of ours; `hutch influx token list` shows them"
        )
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


def _lacking(server: Server, role: Role, current: Held | None, wanted: frozenset[Right]) -> str:
    if current is None:
        there = (server.config.token_dir / role).exists()
        return "is not one that the server knows" if there else "is missing"
    return _unfit(current, wanted)


def _wrong(one: Held, wanted: frozenset[Right]) -> str:
    return _unfit(one, wanted) if one.finished else "was never finished"


def _unfit(one: Held, wanted: frozenset[Right]) -> str:
    if not one.active:
        return "is inactive"
    return "" if one.rights == wanted else "may not do just what the role needs"


def _named(one: Held) -> str:
    return f"token {one.id} of the {one.role}"


def _to_finish(server: Server, one: Held) -> Difference:
    return Difference(_named(one), "was never finished", "finished", partial(finish, server, one))


def _replace(server: Server, role: Role, current: Held | None) -> None:
    """The new one is in the file before the old one ends, so that who is refused finds it there."""
    make(server, role)
    if current is not None:
        delete(server, current.id)
