"""Resumable upload of recordings, as tus 1.0 has it, and what became of each.

POST   /api/uploads                 declare an archive's length and digest; its place is in Location
HEAD   /api/uploads/{upload}        how many bytes have arrived
PATCH  /api/uploads/{upload}        append the next bytes
DELETE /api/uploads/{upload}        give it up
GET    /api/uploads[/{upload}]      as data: how far it is, and after the last byte what became of it
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.provided import ConfigOf, DatabaseOf, Now
from server.shell.body_limit import takes_any_length
from server.uploads.arriving import Arrivals, Piece, refuse_ended
from server.uploads.errors import TooLargeError, WrongChecksumError
from server.uploads.examples import PAGE, UPLOAD, answered
from server.uploads.listing import UploadPage, UploadRow, list_uploads, one_upload
from server.uploads.protocol import (
    CAPABILITIES,
    PIECE_TYPE,
    TusRoute,
    checksum_in,
    declared_in,
    headers_of,
    require_piece,
    require_version,
)

router = APIRouter(prefix="/api/uploads", tags=["uploads"], route_class=TusRoute)

Sender = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER, scope="upload")]
UploadId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", description="the upload's id")]
Versioned = Depends(require_version)

#: What came is written in portions of this size, and counts as arrived after this many bytes at the latest.
_PORTION_BYTES = 1 << 20
_KEEP_EVERY_BYTES = 32 << 20
#: A sender of which nothing is heard for so long is gone, and must not keep its next try out.
_STALLS_AFTER_S = 30.0

_HEADERS: dict[str, Any] = {
    "Upload-Offset": {"schema": {"type": "integer"}, "description": "bytes that have arrived"},
    "Upload-Expires": {"schema": {"type": "string"}, "description": "when it is given up if nothing more comes"},
    "Tus-Resumable": {"schema": {"type": "string"}, "description": "the version of the protocol"},
}
_SAID: dict[int | str, dict[str, Any]] = {
    409: {"description": "the bytes do not go on where the last ones ended, or all of them are there"},
    410: {"description": "it was given up"},
    412: {"description": "another version of the protocol"},
}


def _header(name: str, kind: str, words: str, example: object, *, required: bool = True) -> dict[str, Any]:
    schema = {"type": kind, "example": example}
    return {"in": "header", "name": name, "required": required, "description": words, "schema": schema}


_VERSION = _header("Tus-Resumable", "string", "the version of the protocol", "1.0.0")


def arrivals_of(database: DatabaseOf, config: ConfigOf) -> Arrivals:
    return Arrivals(database, config.uploads, config.upload_limits)


ArrivalsOf = Annotated[Arrivals, Depends(arrivals_of)]


@router.options("", status_code=204, summary="What this server's uploads can do")
def capabilities(config: ConfigOf) -> Response:
    return Response(status_code=204, headers={**CAPABILITIES, "Tus-Max-Size": str(config.upload_limits.archive_bytes)})


@router.get("", summary="Uploads, the newest first", responses=answered(PAGE))
def uploads(
    login: Sender,
    database: DatabaseOf,
    after: Annotated[str, Query(max_length=100, description="`next` of the page before")] = "",
    sha256: Annotated[str, Query(pattern="^([0-9a-f]{64})?$", description="only archives of this digest")] = "",
    mine: Annotated[bool, Query(description="only those of this account")] = False,
) -> UploadPage:
    """An experimenter's own, everybody's for researchers."""
    with database.reading() as session:
        return list_uploads(session, login.account_id if mine else visible_to(login), after=after, sha256=sha256)


@router.get("/{upload}", summary="How far an upload is, or what became of it", responses=answered(UPLOAD))
def upload_status(upload: UploadId, login: Sender, database: DatabaseOf) -> UploadRow:
    """After the last byte the state is 'checking' until the recording is 'ingested' or 'refused'."""
    with database.reading() as session:
        return one_upload(session, visible_to(login), upload)


@router.post(
    "",
    status_code=201,
    dependencies=[Versioned],
    summary="Declare an archive",
    response_class=Response,
    responses={
        201: {"description": "its place is in the header Location"},
        412: _SAID[412],
        413: {"description": "larger than this server takes"},
        429: {"description": "too much is on its way from this account"},
        507: {"description": "the disk has no room for it"},
    },
    openapi_extra={
        "parameters": [
            _VERSION,
            _header("Upload-Length", "integer", "the archive's length in bytes", 1048576),
            _header(
                "Upload-Metadata", "string",
                "`sha256` of the archive, `name` of the bundle, `allow_aborted`; values in base64",
                "sha256 ZTNiMGM0NDI5OGZjMWMxNDlhZmJmNGM4OTk2ZmI5MjQyN2FlNDFlNDY0OWI5MzRjYTQ5NTk5MWI3ODUyYjg1NQ==",
            ),
        ]
    },
)  # fmt: skip
def create(request: Request, login: Sender, arrivals: ArrivalsOf, now: Now) -> Response:
    upload = arrivals.create(login.account_id, declared_in(request), now)
    return Response(status_code=201, headers={**headers_of(upload), "Location": f"/api/uploads/{upload.id}"})


@router.head(
    "/{upload}",
    dependencies=[Versioned],
    summary="How many bytes have arrived",
    response_class=Response,
    responses={200: {"headers": _HEADERS, "description": "in the header Upload-Offset"}, **_SAID},
    openapi_extra={"parameters": [_VERSION]},
)
def how_far(upload: UploadId, login: Sender, arrivals: ArrivalsOf) -> Response:
    found = arrivals.find(login.account_id, upload)
    if found.state == "given up":
        refuse_ended(found)
    return Response(headers={**headers_of(found), "Cache-Control": "no-store"})


@router.patch(
    "/{upload}",
    status_code=204,
    dependencies=[Versioned],
    summary="Append the next bytes",
    response_class=Response,
    responses={
        204: {"headers": _HEADERS, "description": "they are on the disk"},
        **_SAID,
        413: {"description": "more bytes than were declared"},
        415: {"description": "another content type"},
        423: {"description": "another request writes into it"},
        460: {"description": "the piece does not have the checksum that it came with"},
        507: {"description": "the disk is full"},
    },
    openapi_extra={
        "parameters": [
            _VERSION,
            _header("Upload-Offset", "integer", "where the piece begins", 0),
            _header("Upload-Checksum", "string", "'sha256' and the piece's digest in base64", "", required=False),
        ],
        "requestBody": {"required": True, "content": {PIECE_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
@takes_any_length
async def append(request: Request, upload: UploadId, login: Sender, arrivals: ArrivalsOf, now: Now) -> Response:
    """Acknowledged when they are on the disk. What came before a connection broke counts, unless it has a checksum."""
    offset, digest = require_piece(request), checksum_in(request)
    piece = await run_in_threadpool(arrivals.begin_piece, login.account_id, upload, offset, digest)
    try:
        _refuse_announced(request, offset, piece.length)
        whole = await _write(request, piece, now)
        if not whole and piece.is_checked:
            raise WrongChecksumError("the piece broke off; ask how far the upload is and send it again")
        found = await run_in_threadpool(piece.keep, now)
    finally:
        await run_in_threadpool(piece.close)
    if found.state == "checking":
        request.app.state.upload_worker.notice()
    return Response(status_code=204, headers=headers_of(found))


@router.delete(
    "/{upload}",
    status_code=204,
    dependencies=[Versioned],
    summary="Give an upload up",
    response_class=Response,
    responses=_SAID,
    openapi_extra={"parameters": [_VERSION]},
)
def give_up(upload: UploadId, login: Sender, arrivals: ArrivalsOf, now: Now) -> Response:
    """What has arrived is deleted. Not once all bytes are there."""
    arrivals.give_up(login.account_id, upload, now)
    return Response(status_code=204)


def visible_to(login: Login) -> int | None:
    """Whose uploads an account may see: its own id, or None for everybody's."""
    return login.account_id if login.role == Role.EXPERIMENTER else None


def _refuse_announced(request: Request, offset: int, length: int) -> None:
    """Before a byte is read: a piece that says itself that it is too long."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and offset + int(said) > length:
        raise TooLargeError(
            f"the archive was declared to have {length} bytes, and this piece would end at {offset + int(said)}; "
            "declare it anew with its true length"
        )


async def _write(request: Request, piece: Piece, now: Any) -> bool:
    """Write what comes; whether it came to its end."""
    portion, since_kept = bytearray(), 0
    chunks = request.stream()
    try:
        while True:
            async with asyncio.timeout(_STALLS_AFTER_S):
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            portion += chunk
            if len(portion) >= _PORTION_BYTES:
                await run_in_threadpool(piece.write, portion)
                since_kept, portion = since_kept + len(portion), bytearray()
            if since_kept >= _KEEP_EVERY_BYTES and not piece.is_checked:
                await run_in_threadpool(piece.keep, now)
                since_kept = 0
    except (ClientDisconnect, TimeoutError):
        await run_in_threadpool(piece.write, portion)
        return False
    await run_in_threadpool(piece.write, portion)
    return True
