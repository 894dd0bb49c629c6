"""What tus 1.0 says in headers: https://tus.io/protocols/resumable-upload (core, creation, expiration, checksum,
termination).
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.db.uploads import Upload
from server.uploads.errors import BadUploadRequestError, ProtocolVersionError, UploadError, WrongContentTypeError

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
CAPABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,expiration,checksum,termination",
    "Tus-Checksum-Algorithm": "sha256",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MORE_THAN_ENOUGH = 18  # digits of a length


@dataclass(frozen=True)
class Declared:
    """What the sender says before the first byte. `name` is what the bundle is called at the lab PC."""

    length: int
    sha256: str
    name: str = ""
    allow_aborted: bool = False


class TusRoute(APIRoute):
    """A route whose every answer, errors too, names the version of the protocol."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def with_version(request: Request) -> Response:
            try:
                response: Response = await handle(request)
            except UploadError as error:
                response = JSONResponse({"detail": str(error)}, error.status)
                if isinstance(error, ProtocolVersionError):
                    response.headers["Tus-Version"] = VERSION
            except HTTPException as error:
                error.headers = {**(error.headers or {}), "Tus-Resumable": VERSION}
                raise
            response.headers["Tus-Resumable"] = VERSION
            return response

        return with_version


def require_version(request: Request) -> None:
    """Raises ProtocolVersionError unless the sender speaks our version."""
    said = request.headers.get("tus-resumable")
    if said != VERSION:
        raise ProtocolVersionError(f"header Tus-Resumable: expected {VERSION}, got {said!r}")


def require_piece(request: Request) -> int:
    """The offset at which the request's piece begins. Raises WrongContentTypeError, BadUploadRequestError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != PIECE_TYPE:
        raise WrongContentTypeError(f"header Content-Type: expected {PIECE_TYPE}, got {kind!r}")
    return _whole_number(request, "Upload-Offset")


def declared_in(request: Request) -> Declared:
    """What is to be created. Raises BadUploadRequestError, naming the header and the key."""
    length = _whole_number(request, "Upload-Length")
    said = metadata_in(request.headers.get("upload-metadata", ""))
    sha256 = said.get("sha256", "")
    if not _SHA256.fullmatch(sha256):
        raise BadUploadRequestError(
            "header Upload-Metadata, key sha256: expected the archive's SHA-256 as 64 lower-case hex digits"
        )
    if length < 1:
        raise BadUploadRequestError("header Upload-Length: expected at least one byte")
    name = "".join(letter for letter in said.get("name", "") if letter.isprintable())
    return Declared(length, sha256, name[:200], said.get("allow_aborted", "") == "true")


def metadata_in(header: str) -> dict[str, str]:
    """Keys and values of `Upload-Metadata`. Raises BadUploadRequestError."""
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip().partition(" ")
        try:
            if not key or key in found:
                raise ValueError(key)
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except ValueError:  # binascii.Error and UnicodeDecodeError are such
            raise BadUploadRequestError(
                "header Upload-Metadata: expected 'key base64value' pairs, each key once, separated by commas"
            ) from None
    return found


def checksum_in(request: Request) -> bytes | None:
    """The digest that the piece must have, None if the sender says none. Raises BadUploadRequestError."""
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm != "sha256" or len(digest) != 32:
        raise BadUploadRequestError("header Upload-Checksum: expected 'sha256' and the digest in base64")
    return digest


def headers_of(upload: Upload) -> dict[str, str]:
    """How far an upload is."""
    headers = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.length)}
    if upload.state == "arriving":
        headers["Upload-Expires"] = http_date(upload.expires_utc)
    return headers


def http_date(utc: datetime) -> str:
    return format_datetime(utc, usegmt=True)


def _whole_number(request: Request, header: str) -> int:
    said = request.headers.get(header, "")
    if not said.isascii() or not said.isdigit() or len(said) > _MORE_THAN_ENOUGH:
        raise BadUploadRequestError(f"header {header}: expected a whole number of bytes, got {said[:40]!r}")
    return int(said)
