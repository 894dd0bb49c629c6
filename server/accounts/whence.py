"""Where a request comes from: the address of the client, whether it came by HTTPS, from which site its form was sent.

What a proxy says in X-Forwarded-* counts only where the configuration says that there is one (`behind_proxy`), and of
several addresses only the last, which our own proxy added: whatever stands before it came from the client.
"""

import ipaddress
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from server.provided import config_of


def client_address(request: Request) -> str:
    """The client's address: IPv4, or the /64 network of IPv6, as one client has all of its addresses; '' if unknown."""
    told = request.client.host if request.client else ""
    if config_of(request).behind_proxy:
        told = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip() or told
    try:
        address = ipaddress.ip_address(told.strip("[]"))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)).network_address)
    return str(address)


_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def is_on_this_machine(request: Request) -> bool:
    """Whether a program on the server's own machine asks, and not a proxy there for somebody else.

    The Host is asked too: a page of another site that gave its name this machine's address must not read the answer.
    """
    config = config_of(request)
    if config.behind_proxy or config.public_url or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.client.host if request.client else "") and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_https(request: Request) -> bool:
    """Whether the client's browser speaks HTTPS, so that cookies may ask for it."""
    config = config_of(request)
    if config.public_url:
        return config.public_url.startswith("https://")
    if config.behind_proxy and (told := request.headers.getlist("x-forwarded-proto")):
        return told[-1].rpartition(",")[2].strip().lower() == "https"
    return request.url.scheme == "https"


def base_url(request: Request) -> str:
    """What links to this server begin with, without a slash at the end."""
    if public := config_of(request).public_url:
        return public.rstrip("/")
    return f"{'https' if is_https(request) else 'http'}://{request.headers.get('host', 'localhost')}"


def refuse_foreign_page(request: Request) -> None:
    """Raises 403 for a form that another site's page sent.

    For forms that are sent without a login, whose CSRF token could be asked for: the browser's word must do.
    """
    origin = request.headers.get("origin")
    own = {request.headers.get("host"), urlsplit(config_of(request).public_url).netloc or None}
    if origin is not None and urlsplit(origin).netloc not in own:
        raise HTTPException(403, "This form was sent from another site. Open this server's own page and send it there")
