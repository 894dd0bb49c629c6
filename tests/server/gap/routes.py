"""Who may open what of the gap."""

RESEARCH = frozenset({"researcher", "admin"})
ROUTES = {
    ("GET", "/api/gap"): RESEARCH,
    ("GET", "/api/gap/trials"): RESEARCH,
    ("GET", "/gap"): RESEARCH,
    ("GET", "/gap/by/{by}"): RESEARCH,
    ("GET", "/gap/trials"): RESEARCH,
}
