"""Who may call what of this slice."""

_LOOKERS = frozenset({"experimenter", "researcher", "admin"})

ROUTES = {
    ("GET", "/api/recordings"): _LOOKERS,
    ("GET", "/api/recordings/{recording}"): _LOOKERS,
    ("GET", "/api/recordings/{recording}/quality"): _LOOKERS,
    ("GET", "/recordings"): _LOOKERS,
    ("GET", "/recordings/{recording}"): _LOOKERS,
}
