"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/agreement"): _RESEARCHERS,
    ("GET", "/raters"): _RESEARCHERS,
    ("GET", "/raters/{pseudonym}"): _RESEARCHERS,
    ("GET", "/api/agreement"): _RESEARCHERS,
    ("GET", "/api/raters"): _RESEARCHERS,
    ("GET", "/api/raters/{pseudonym}"): _RESEARCHERS,
}
