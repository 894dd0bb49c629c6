"""Pages: every slice's templates in one Jinja environment.

The shell's own templates go by their file name (`base.html`); those of a slice by slice and file name
(`rating/fer.html` lies at server/rating/templates/fer.html).
"""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from server.shell.navigation import current_group, groups_of, is_current

_SERVER = Path(__file__).resolve().parent.parent


@cache
def environment() -> Environment:
    """The environment: names that a template does not get are errors, and everything is escaped."""
    slices = {
        folder.parent.name: FileSystemLoader(folder)
        for folder in sorted(_SERVER.glob("*/templates"))
        if folder.parent.name != "shell"
    }
    own = FileSystemLoader(_SERVER / "shell" / "templates")
    made = Environment(
        loader=ChoiceLoader([own, PrefixLoader(slices)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = moment
    return made


def moment(written: str) -> str:
    """'2026-07-01 10:00' in UTC of a time as a lab PC wrote it; '' where that is no time, as of many imports."""
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        return ""
    return f"{time.astimezone(UTC) if time.tzinfo else time:%Y-%m-%d %H:%M}"


def render(request: Request, name: str, /, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Template `name` as a response. Beside `context` it gets:

    `user` (`request.state.user`, with `.name` and `.role`, or None), `csrf_token` (`request.state.csrf_token` or ''),
    `groups` (the bar of this role), `group` (the one that the page lies in, or None), `is_current(place)` and `path`.
    Pages are never cached: they hold personal data.
    """
    user = getattr(request.state, "user", None)
    path = request.url.path
    groups = groups_of(user.role if user else None)
    values: dict[str, Any] = {
        "user": user,
        "csrf_token": getattr(request.state, "csrf_token", ""),
        "groups": groups,
        "group": current_group(groups, path),
        "is_current": lambda place: is_current(place, path),
        "path": path,
    }
    html = environment().get_template(name).render(values | context)
    return HTMLResponse(html, status_code=status_code, headers={"Cache-Control": "no-store"})
