"""Who may call what of this slice."""

_ADMIN = frozenset({"admin"})

ROUTES = {("GET", "/audit"): _ADMIN, ("GET", "/api/audit"): _ADMIN}
