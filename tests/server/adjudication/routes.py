"""Who may call what of this slice."""

_ADJUDICATORS = frozenset({"adjudicator", "researcher", "admin"})

ROUTES = {
    ("GET", "/adjudication"): _ADJUDICATORS,
    ("GET", "/adjudication/{trial}/{instrument}"): _ADJUDICATORS,
    ("GET", "/api/adjudication/queue"): _ADJUDICATORS,
    ("GET", "/api/adjudication/{trial}/{instrument}"): _ADJUDICATORS,
    ("POST", "/api/adjudication/{trial}/{instrument}"): _ADJUDICATORS,
    ("POST", "/api/adjudication/{trial}/{instrument}/reveal"): _ADJUDICATORS,
}
