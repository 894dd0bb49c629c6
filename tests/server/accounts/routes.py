"""Who may call what of this slice."""

_ADMIN = frozenset({"admin"})
_ANYBODY = frozenset({"anybody"})
_ANY_ROLE = frozenset({"any role"})
_TOKEN_OWNERS = frozenset({"experimenter", "researcher", "admin"})

ROUTES = {
    ("GET", "/login"): _ANYBODY,
    ("POST", "/login"): _ANYBODY,
    ("GET", "/join"): _ANYBODY,
    ("POST", "/join"): _ANYBODY,
    ("POST", "/api/invitation"): _ANYBODY,
    ("POST", "/logout"): _ANY_ROLE,
    ("POST", "/logout/everywhere"): _ANY_ROLE,
    ("GET", "/account"): _ANY_ROLE,
    ("POST", "/account/password"): _ANY_ROLE,
    ("GET", "/people"): _ADMIN,
    ("POST", "/people/invitations"): _ADMIN,
    ("POST", "/people/invitations/void"): _ADMIN,
    ("POST", "/people/{account}/reset"): _ADMIN,
    ("POST", "/people/{account}/role"): _ADMIN,
    ("POST", "/people/{account}/close"): _ADMIN,
    ("POST", "/people/{account}/reopen"): _ADMIN,
    ("GET", "/tokens"): _TOKEN_OWNERS,
    ("POST", "/tokens"): _TOKEN_OWNERS,
    ("POST", "/tokens/{token}/revoke"): _TOKEN_OWNERS,
}
