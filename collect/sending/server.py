"""The server's resumable upload (tus 1.0), one call a request, by Python's own HTTP client.

No redirect is followed: it could carry token and recording to somebody else. A request is one piece, so that a
connection that breaks costs one piece at most.
"""

import base64
import hashlib
import http.client
import ipaddress
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from collect.sending.errors import ServerAddressError, ServerAwayError, ServerRefusedError, TokenError, UploadLostError

VERSION = "1.0.0"
_TIMEOUT_S = 60.0
#: What passes by itself, or by asking how far the upload is: no connection, no answer in time, another request at it.
_PASSING = frozenset({408, 409, 423, 460, 500, 502, 503, 504})


@dataclass(frozen=True)
class Status:
    """What the server knows of an upload. `message`: what became of it, in words."""

    id: str
    state: str
    received: int
    length: int
    message: str
    recording_id: str | None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class UploadServer:
    """The uploads of one server, for the account of one token."""

    def __init__(self, url: str, token: str, *, allow_plain_http: bool = False, timeout_s: float = _TIMEOUT_S) -> None:
        """Raises ServerAddressError, TokenError."""
        self.url = _checked(url, allow_plain_http)
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise TokenError(
                "there is no token to show to the server, or it is none; make one with the scope 'upload' at "
                f"{self.url}/tokens and put it into the file that the setting token_file names"
            )
        self._token, self._timeout_s = token, timeout_s
        # Settings of a proxy hold for the world outside, not for this machine.
        proxies = urllib.request.ProxyHandler({}) if _is_here(self.url) else urllib.request.ProxyHandler()
        self._opener = urllib.request.build_opener(_NoRedirect, proxies)

    def find(self, sha256: str) -> list[Status]:
        """This account's uploads of that archive, the newest first."""
        body, _ = self._call("GET", f"/api/uploads?mine=true&sha256={sha256}")
        return [_status(row) for row in body["uploads"]]

    def declare(self, length: int, sha256: str, name: str, *, allow_aborted: bool) -> str:
        """Announce an archive; the new upload's id."""
        said = {"sha256": sha256, "name": name, "allow_aborted": str(allow_aborted).lower()}
        metadata = ",".join(
            f"{key} {base64.b64encode(value.encode('utf-8', 'replace')).decode()}" for key, value in said.items()
        )
        _, headers = self._call(
            "POST", "/api/uploads", headers={"Upload-Length": str(length), "Upload-Metadata": metadata}
        )
        return headers["Location"].rstrip("/").rpartition("/")[2]

    def offset(self, upload_id: str) -> int:
        """How many bytes have arrived. Raises UploadLostError."""
        _, headers = self._call("HEAD", f"/api/uploads/{upload_id}")
        return int(headers["Upload-Offset"])

    def append(self, upload_id: str, offset: int, piece: bytes) -> int:
        """Send a piece; how many bytes have arrived with it. Raises UploadLostError."""
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(piece).digest()).decode()}",
            "Content-Type": "application/offset+octet-stream",
        }
        _, answered = self._call("PATCH", f"/api/uploads/{upload_id}", headers=headers, content=piece)
        return int(answered["Upload-Offset"])

    def status(self, upload_id: str) -> Status:
        body, _ = self._call("GET", f"/api/uploads/{upload_id}")
        return _status(body)

    def _call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """Body (as JSON, None where there is none) and headers of the answer.

        Raises ServerAwayError where another try may help, TokenError, UploadLostError, ServerRefusedError.
        """
        request = urllib.request.Request(self.url + path, data=content, method=method)  # noqa: S310 -- http(s), checked
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Tus-Resumable", VERSION)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                body = answer.read()
                return (json.loads(body) if body else None), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(path, error.code, _detail(error)) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ServerAwayError(f"{self.url}: does not answer ({reason})") from None
        except ValueError:
            raise ServerRefusedError(
                f"{self.url}: answers, but not as a Duchenne server does; correct the address"
            ) from None

    def _refused(self, path: str, code: int, detail: str) -> Exception:
        told = detail or f"status {code}"
        if code in _PASSING:
            return ServerAwayError(f"{self.url}: {told}")
        if code in (401, 403):
            return TokenError(f"{self.url}: {told}. A token with the scope 'upload' is made at {self.url}/tokens")
        if code == 410 or (code == 404 and path.startswith("/api/uploads/")):
            return UploadLostError(f"{self.url}: {told}")
        if code in (301, 302, 303, 307, 308, 404, 405):
            return ServerRefusedError(
                f"{self.url}: there is no Duchenne server at this address ({told}); correct it with --server or the "
                "setting server_url"
            )
        return ServerRefusedError(f"{self.url}: {told}")


def _checked(url: str, allow_plain_http: bool) -> str:
    address = url.strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise ServerAddressError(
            f"{url!r}: expected the server's address as in https://faces.example.org; give it with --server or the "
            "setting server_url"
        )
    if parts.scheme == "http" and not _is_here(address) and not allow_plain_http:
        raise ServerAddressError(
            f"{address}: recordings of faces would travel unencrypted; give the address that begins with https://, or "
            "say --allow-plain-http if nobody else is in this network"
        )
    return address


def _is_here(url: str) -> bool:
    """Whether the address is of this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _detail(error: urllib.error.HTTPError) -> str:
    """The server's own words, if it has some."""
    try:
        detail = json.loads(error.read(1 << 16))["detail"]
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return ""
    return detail if isinstance(detail, str) and detail != "Not Found" else ""


def _status(row: dict[str, Any]) -> Status:
    return Status(row["id"], row["state"], row["received"], row["length"], row["message"], row["recording_id"])
