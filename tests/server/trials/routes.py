"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/trials"): _RESEARCHERS,
    ("GET", "/trials/{trial}"): _RESEARCHERS,
    ("GET", "/api/trials"): _RESEARCHERS,
    ("GET", "/api/trials/{trial}"): _RESEARCHERS,
}
