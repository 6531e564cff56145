"""The one place that knows grafana_client: how Hutch logs in at Grafana, and what its failures mean."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from hutch.config import ConfigError
from hutch.grafana.config import GrafanaSection

if TYPE_CHECKING:
    from grafana_client import GrafanaApi

TOKEN_VARIABLE = "HUTCH_GRAFANA_TOKEN"  # noqa: S105 -- its name
_TOKEN = re.compile("[!-~]+")
"""One word of printable ASCII, for no header takes anything else."""


class GrafanaError(Exception):
    """Grafana did not do what it was asked; the message says what to do."""


class GrafanaAway(GrafanaError):
    """It cannot be reached, or is in trouble itself, and may have done what it was asked or not.

    ``answered``: it failed at what it was asked (500), and may well do something else.
    """

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class GrafanaRefused(GrafanaError):
    """It answered that it will not (4xx), and nothing was done."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def connect(
    config: GrafanaSection, environment: Mapping[str, str], role: Literal["Editor", "Admin"] = "Editor"
) -> "GrafanaApi":
    """The client for the Grafana of ``config``, which asks nothing yet; what it raises, ``asking`` explains.

    Where ``as_user`` says who we are, ``role`` is what we say we may do: Grafana gives it to that user, so
    one of another role wants another name. A token has the role of its service account. Raises
    ``ConfigError`` where there is neither.
    """
    # requests and every part of that API cost memory: who has no Grafana does not pay for them.
    from grafana_client import GrafanaApi, HeaderAuth

    credential = (
        HeaderAuth("X-WEBAUTH-USER", config.as_user) if config.as_user else _token(config, environment)
    )
    address = urlsplit(config.url)
    host, _, port = address.netloc.rpartition(":") if address.port else (address.netloc, "", "")
    api = GrafanaApi(
        credential,
        protocol=address.scheme,
        host=host,
        port=port or None,
        url_path_prefix=f"{address.path.strip('/')}/".lstrip("/"),
        timeout=config.timeout.total_seconds(),
        user_agent="hutch",
    )
    if config.as_user:
        api.client.s.headers["X-WEBAUTH-ROLE"] = role
    # A POST that is sent elsewhere arrives there as a GET, with whatever says who we are.
    api.client.s.max_redirects = 0
    return api


@contextmanager
def asking(config: GrafanaSection) -> Iterator[None]:
    """Turn what grafana_client raises within the block into ``GrafanaAway`` or ``GrafanaRefused``."""
    import requests
    from grafana_client.client import GrafanaClientError, GrafanaServerError

    from influx.unreachable import why

    where = f"Grafana at {config.url}"
    try:
        yield
    except GrafanaServerError as error:
        message = f"{where} answers {error.status_code}; its log says why"
        raise GrafanaAway(message, answered=error.status_code == 500) from error
    except GrafanaClientError as error:
        remedy = _remedy(config, error.status_code)
        raise GrafanaRefused(f"{where} answers {error.status_code}; {remedy}", error.status_code) from error
    except requests.exceptions.TooManyRedirects as error:
        raise GrafanaAway(f"{where} sends us elsewhere; set [grafana] url to its root_url") from error
    except requests.exceptions.Timeout as error:
        seconds = config.timeout.total_seconds()
        raise GrafanaAway(f"{where} gave no answer within {seconds:g} s") from error
    except requests.exceptions.SSLError as error:
        raise GrafanaAway(f"{where} shows a certificate that is not believed here ({error})") from error
    except requests.exceptions.JSONDecodeError as error:
        raise GrafanaAway(f"{where} answers with something that is no JSON: is it a Grafana?") from error
    except requests.exceptions.RequestException as error:
        told = f"{where} cannot be reached ({why(error)}); is it running, and is [grafana] url right?"
        raise GrafanaAway(told) from error


def _remedy(config: GrafanaSection, status: int) -> str:
    if status == 401 and config.as_user:
        return "name this machine's address in its GF_AUTH_PROXY_WHITELIST, or use a token"
    if status == 401:
        place = config.token_file or TOKEN_VARIABLE
        return f"put the token of a service account that is valid into {place}"
    if status == 403:
        return "give the service account (or user) of Hutch the role Editor there"
    if status == 404:
        return "set [grafana] url to its root_url, with the path that it is served under"
    if status == 429:
        return "it is asked too much, and is asked again later"
    return "its log says why"


def _token(config: GrafanaSection, environment: Mapping[str, str]) -> str:
    """The token; what it is stands in no message. Raises ``ConfigError``."""
    if config.token_file is not None:
        place = f"[grafana] token_file {config.token_file}"
        try:
            text = config.token_file.read_bytes().decode("latin-1").strip()
        except OSError as error:
            raise ConfigError(f"{place} cannot be read ({error.strerror})") from None
    else:
        place, text = f"the environment's {TOKEN_VARIABLE}", environment.get(TOKEN_VARIABLE, "").strip()
    if not text:
        raise ConfigError(
            f"[grafana] url is set, but {place} is empty: put the token of a service account of Grafana "
            "there whose role is Editor, or set as_user"
        )
    if not _TOKEN.fullmatch(text):
        raise ConfigError(
            f"{place} is no token, which is one word of plain letters; put the token there alone"
        )
    return text
