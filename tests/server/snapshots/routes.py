"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {("GET", "/snapshots"): _RESEARCHERS, ("GET", "/api/snapshots"): _RESEARCHERS}
