"""A manifest with a mistake is refused with the line, the clip and the field."""

from pathlib import Path

import pytest

from collect.bundle.errors import DocumentError
from collect.stimuli.manifest import load_manifest

HEAD = "format: duchenne-stimuli\nversion: 1\nid: set\ntitle: A set\nclips:\n"
CLIP = f"""\
  - id: one
    file: one.mp4
    sha256: {"a0" * 32}
    emotion: anger
    duration_s: 2.0
    licence: CC0-1.0
    source: here
"""


def write(folder: Path, text: str) -> Path:
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_manifest_is_read(tmp_path: Path) -> None:
    loaded = load_manifest(write(tmp_path, HEAD + CLIP))
    clip = loaded.manifest.clips[0]
    assert (clip.id, clip.emotion, clip.duration_s, clip.placeholder) == ("one", "anger", 2.0, False)
    assert loaded.manifest.clip("two") is None


def test_a_clip_of_an_import_may_have_no_file(tmp_path: Path) -> None:
    loaded = load_manifest(write(tmp_path, HEAD + "  - {id: one, licence: unknown, source: imported}\n"))
    assert loaded.clip_file(loaded.manifest.clips[0]) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD + CLIP.replace("anger", "rage"), r"line 9, field 'clips\[0\]\.emotion': .*'rage'"),
        (HEAD + CLIP + "    mood: x\n", r"line 13, field 'clips\[0\]\.mood': this field is not known"),
        (
            HEAD + CLIP.replace("    licence: CC0-1.0\n", ""),
            r"line 6, field 'clips\[0\]\.licence': this field is missing",
        ),
        (HEAD + CLIP.replace("one.mp4", "../one.mp4"), r"line 7, field 'clips\[0\]\.file': expected a file in the"),
        (HEAD + CLIP.replace("one.mp4", "/etc/passwd"), r"line 7, field 'clips\[0\]\.file'"),
        (HEAD + CLIP.replace("one.mp4", "manifest.yaml"), r"line 7, .* cannot be the name of a clip"),
        (HEAD + CLIP.replace("a0" * 32, "a0" * 31), r"line 8, field 'clips\[0\]\.sha256'"),
        (HEAD + CLIP.replace("    duration_s: 2.0\n", ""), r"line 6, .*'duration_s' is missing: a clip with a file"),
        (HEAD + CLIP.replace("one\n", "007\n", 1), r"line 6, field 'clips\[0\]\.id': .*\(found 7\); put it in quotes"),
        (HEAD + CLIP + CLIP, r"two clips have the id 'one'"),
        (HEAD + CLIP + "    id: two\n", r"line 13, field 'id': stands twice"),
        (HEAD, r"line 5, field 'clips'"),
        (HEAD + "  - id: [\n", r"line 7: not YAML"),
        ("- a list\n", r"line 1: expected 'field: value' lines"),
        ("", r"line 1: expected 'field: value' lines"),
        (HEAD.replace("version: 1", "version: 2") + CLIP, r"line 2, field 'version': this program reads version 1"),
        (HEAD.replace("-stimuli", "-study") + CLIP, r"line 1, field 'format': expected 'duchenne-stimuli'"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DocumentError, match=complaint) as caught:
        load_manifest(write(tmp_path, text))
    assert str(tmp_path / "manifest.yaml") in str(caught.value)


def test_absent_manifest_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        load_manifest(tmp_path)
    (tmp_path / "manifest.yaml").write_bytes(HEAD.replace("A set", "Ä set").encode("latin-1"))
    with pytest.raises(DocumentError, match="line 4: not UTF-8"):
        load_manifest(tmp_path)
