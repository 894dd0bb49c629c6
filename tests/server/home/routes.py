"""Who may call what of this slice."""

ROUTES = {("GET", "/"): frozenset({"any role"})}
