"""Who may call what of this slice."""

_SENDERS = frozenset({"experimenter", "researcher", "admin"})

ROUTES = {
    ("OPTIONS", "/api/uploads"): frozenset({"anybody"}),
    ("GET", "/api/uploads"): _SENDERS,
    ("POST", "/api/uploads"): _SENDERS,
    ("GET", "/api/uploads/{upload}"): _SENDERS,
    ("HEAD", "/api/uploads/{upload}"): _SENDERS,
    ("PATCH", "/api/uploads/{upload}"): _SENDERS,
    ("DELETE", "/api/uploads/{upload}"): _SENDERS,
    ("GET", "/uploads"): _SENDERS,
}
