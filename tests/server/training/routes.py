"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/training"): _RESEARCHERS,
    ("POST", "/training/reopen"): _RESEARCHERS,
    ("GET", "/training/{trial}/{instrument}"): _RESEARCHERS,
    ("POST", "/training/{trial}/{instrument}"): _RESEARCHERS,
    ("POST", "/training/{trial}/{instrument}/remove"): _RESEARCHERS,
    ("GET", "/api/training"): _RESEARCHERS,
    ("GET", "/api/training/find"): _RESEARCHERS,
    ("GET", "/api/training/raters"): _RESEARCHERS,
    ("POST", "/api/training/reopen"): _RESEARCHERS,
    ("GET", "/api/training/{trial}/{instrument}"): _RESEARCHERS,
    ("PUT", "/api/training/{trial}/{instrument}"): _RESEARCHERS,
    ("DELETE", "/api/training/{trial}/{instrument}"): _RESEARCHERS,
}
