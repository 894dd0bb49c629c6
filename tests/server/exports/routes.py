"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/exports"): _RESEARCHERS,
    ("GET", "/api/exports/columns"): _RESEARCHERS,
    ("GET", "/api/exports/{table}.{fmt}"): _RESEARCHERS,
}
