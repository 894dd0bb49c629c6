"""Who may call what of this slice."""

_LOOKERS = frozenset({"experimenter", "researcher", "admin"})
_RESEARCHERS = frozenset({"researcher", "admin"})

ROUTES = {
    ("GET", "/participants"): _LOOKERS,
    ("GET", "/participants/{participant_id}"): _LOOKERS,
    ("GET", "/participants/{participant_id}/withdraw"): _RESEARCHERS,
    ("POST", "/participants/{participant_id}/withdraw"): _RESEARCHERS,
    ("GET", "/api/participants"): _LOOKERS,
    ("GET", "/api/participants/{participant_id}"): _LOOKERS,
    ("POST", "/api/participants/{participant_id}/withdraw"): _RESEARCHERS,
}
