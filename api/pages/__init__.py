"""The pages people look at, rendered on the server; ``router`` holds them all."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
