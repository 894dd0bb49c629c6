"""Who may open what of order and anchoring."""

RESEARCH = frozenset({"researcher", "admin"})
ROUTES = {("GET", "/api/bias"): RESEARCH, ("GET", "/bias"): RESEARCH}
