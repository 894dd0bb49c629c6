"""Who may call what of this slice."""

_RATERS = frozenset({"rater", "adjudicator", "researcher", "admin"})

ROUTES = {
    ("GET", "/rate"): _RATERS,
    ("GET", "/rate/fer"): _RATERS,
    ("GET", "/rate/er"): _RATERS,
    ("POST", "/api/rating/fer/claim"): _RATERS,
    ("POST", "/api/rating/er/claim"): _RATERS,
    ("POST", "/api/rating/claims/{claim}/vote"): _RATERS,
    ("POST", "/api/rating/claims/{claim}/renew"): _RATERS,
    ("POST", "/api/rating/claims/{claim}/release"): _RATERS,
    ("GET", "/api/rating/fer/last"): _RATERS,
    ("GET", "/api/rating/er/last"): _RATERS,
    ("GET", "/api/rating/progress"): _RATERS,
}
