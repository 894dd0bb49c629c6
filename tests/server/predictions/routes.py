"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {("GET", "/queue"): _RESEARCHERS, ("GET", "/api/queue"): _RESEARCHERS}
