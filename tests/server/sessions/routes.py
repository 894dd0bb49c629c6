"""Who may call what of this slice."""

_LOOKERS = frozenset({"experimenter", "researcher", "admin"})

ROUTES = {("GET", "/recordings"): _LOOKERS, ("GET", "/api/recordings"): _LOOKERS}
