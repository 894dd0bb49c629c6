"""Who may call what of this slice."""

_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/models"): _RESEARCHERS,
    ("GET", "/models/{model}/report.html"): _RESEARCHERS,
    ("GET", "/benchmarks/{benchmark}/report.html"): _RESEARCHERS,
    ("GET", "/api/benchmarks"): _RESEARCHERS,
    ("GET", "/api/champion"): _RESEARCHERS,
    ("GET", "/models/replay-{digits}/report.html"): _RESEARCHERS,
    ("GET", "/nights/{night}.html"): _RESEARCHERS,
    ("GET", "/api/models"): _RESEARCHERS,
}
