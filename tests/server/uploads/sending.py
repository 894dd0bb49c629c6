"""Sending as the protocol has it, request by request, for tests that send what no proper sender would."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from httpx2 import Response
from starlette.testclient import TestClient

PIECE = "application/offset+octet-stream"


@dataclass
class RawSender:
    """One sender. `headers` go with every request."""

    client: TestClient
    version: str = "1.0.0"

    def declare(self, content: bytes, **changes: str) -> Response:
        said = {"sha256": hashlib.sha256(content).hexdigest(), "name": "P01-s1"} | changes
        length = said.pop("length", str(len(content)))
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        headers = {"Tus-Resumable": self.version, "Upload-Length": length, "Upload-Metadata": metadata}
        return self.client.post("/api/uploads", headers=headers)

    def place(self, content: bytes, **changes: str) -> str:
        answer = self.declare(content, **changes)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def piece(self, place: str, offset: int, content: bytes, *, checked: bool = False, **headers: str) -> Response:
        said = {"Tus-Resumable": self.version, "Upload-Offset": str(offset), "Content-Type": PIECE}
        if checked:
            said["Upload-Checksum"] = "sha256 " + base64.b64encode(hashlib.sha256(content).digest()).decode()
        return self.client.patch(
            place, content=content, headers=said | {k.replace("_", "-"): v for k, v in headers.items()}
        )

    def offset(self, place: str) -> int:
        answer = self.client.head(place, headers={"Tus-Resumable": self.version})
        assert answer.status_code == 200, answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])

    def whole(self, content: bytes, **changes: str) -> str:
        """Declare and send everything; returns its place."""
        place = self.place(content, **changes)
        assert self.piece(place, 0, content).status_code == 204
        return place

    def status(self, place: str) -> dict[str, object]:
        found: dict[str, object] = self.client.get(place).json()
        return found


ClientOf = Callable[[str], TestClient]
