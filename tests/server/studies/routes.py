"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/progress"): _RESEARCHERS,
    ("GET", "/studies/{study}/settings"): _RESEARCHERS,
    ("POST", "/studies/{study}/settings"): _RESEARCHERS,
    ("GET", "/api/progress"): _RESEARCHERS,
    ("GET", "/api/studies/{study}/settings"): _RESEARCHERS,
    ("PUT", "/api/studies/{study}/settings"): _RESEARCHERS,
}
