"""Pages of other sites that the configuration lets use the API: exact origins, none unless named."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware


def install(app: FastAPI, origins: tuple[str, ...]) -> None:
    """Let browsers hand answers of ``app`` to pages of ``origins``, with the reader's login or a token.

    Put it in front of the door: what browsers ask first (``OPTIONS``) carries no login. The guard asks the
    same list before it lets such a page change anything or open a WebSocket.
    """
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "X-CSRF-Token"),
            expose_headers=("Retry-After", "X-Truncated"),
        )
