"""Which routes there are, as the application has them, and who may call each, as the slices' tests say."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from server.db.accounts import Role

Route = tuple[str, str]
ANYBODY, ANY_ROLE = "anybody", "any role"
_SLICES = Path(__file__).parents[1]

#: Something of the right kind for every name in a path; nothing of the kind is there.
NOWHERE = {
    "media_id": "0" * 32,
    "trial": "0" * 32,
    "upload": "0" * 32,
    "instrument": "FER",
    "recording": "0" * 32,
    "snapshot": "0" * 64,
}


def slices() -> list[str]:
    """The slices whose tests list their routes."""
    return sorted(path.parent.name for path in _SLICES.glob("*/routes.py"))


def listed() -> dict[Route, frozenset[str]]:
    """What all slices say together; a route that two of them list is an error."""
    found: dict[Route, frozenset[str]] = {}
    for name in slices():
        routes = import_module(f"tests.server.{name}.routes").ROUTES
        assert not found.keys() & routes.keys(), f"{name} lists a route of another slice"
        found |= routes
    return found


def existing(app: FastAPI) -> Iterator[Route]:
    """Every route but the folders of static files, by method. The HEAD that goes with a GET is no route of its own."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.route, Mount):
            assert context.route.path.startswith("/static/"), context.route.path
            continue
        methods = set(context.methods or ())
        for method in methods - ({"HEAD"} if "GET" in methods else set()):
            yield method, str(context.path)


def may(roles: frozenset[str], role: str) -> bool:
    """Whether somebody of this role may call a route with this listing."""
    unknown = roles - {ANYBODY, ANY_ROLE, *Role}
    assert not unknown, unknown
    return role in roles or bool(roles & {ANYBODY, ANY_ROLE})


def parameters(path: str) -> list[str]:
    return re.findall(r"\{(\w+)(?::\w+)?\}", path)


def address(path: str, **values: str) -> str:
    """The path with something in every place: `values`, else what is nowhere."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: values.get(found[1]) or NOWHERE.get(found[1], "999999"), path)
