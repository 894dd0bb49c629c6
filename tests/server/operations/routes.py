"""Who may call what of this slice. Programs on the server's own machine read the metrics without a login."""

_ANYBODY = frozenset({"anybody"})

ROUTES = {
    ("GET", "/healthz"): _ANYBODY,
    ("GET", "/readyz"): _ANYBODY,
    ("GET", "/metrics"): frozenset({"admin"}),
    ("GET", "/api/openapi.json"): _ANYBODY,
}
