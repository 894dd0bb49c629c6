"""Writing measured facts into a manifest that a person wrote: nothing else of their text changes.

The text is edited in place, at the marks that the YAML parser left, because every way of writing the whole document
anew would lose comments, quotes or the layout.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

Value = str | float | None


@dataclass(frozen=True)
class _Edit:
    """Replace text[start:end]."""

    start: int
    end: int
    text: str


def with_facts(raw: bytes, facts: Mapping[int, Mapping[str, Value]]) -> bytes:
    """The manifest with `facts` (place of the clip, from 0 → field → value) written into it.

    A field that is there gets the value; one that is not is added at the clip's end, but not where the value is None.
    `raw` must be a manifest that parse_document accepts. The caller has to read the result back: a value that stands
    behind an alias of YAML cannot be edited without changing its other places.
    """
    bom = raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode), "parse_document accepts nothing else"
    clips = next(value for key, value in root.value if key.value == "clips")
    edits = [edit for place, fields in facts.items() for edit in _edits(text, clips.value[place], fields)]
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode("utf-8")


def _edits(text: str, clip: yaml.MappingNode, fields: Mapping[str, Value]) -> list[_Edit]:
    there = {key.value: value for key, value in clip.value}
    edits = [_replaced(text, there[name], value) for name, value in fields.items() if name in there]
    added = {name: value for name, value in fields.items() if name not in there and value is not None}
    return [*edits, _added(text, clip, added)] if added else edits


def _replaced(text: str, node: yaml.Node, value: Value) -> _Edit:
    start, end = node.start_mark.index, node.end_mark.index
    empty = start == end  # `field:` with nothing behind it
    space = " " if empty and text[start - 1] == ":" else ""
    return _Edit(start, end, space + _scalar(value))


def _added(text: str, clip: yaml.MappingNode, fields: Mapping[str, Value]) -> _Edit:
    last_key, last_value = clip.value[-1]
    end = max(last_key.end_mark.index, last_value.end_mark.index)
    if clip.flow_style:
        return _Edit(end, end, "".join(f", {name}: {_scalar(value)}" for name, value in fields.items()))
    indent = " " * clip.value[0][0].start_mark.column
    lines = "".join(f"{indent}{name}: {_scalar(value)}\n" for name, value in fields.items())
    if end > 0 and text[end - 1] == "\n":  # a block of text ends behind its line break
        return _Edit(end, end, lines)
    line_end = text.find("\n", end)
    if line_end < 0:
        return _Edit(len(text), len(text), "\n" + lines)
    return _Edit(line_end + 1, line_end + 1, lines)


def _scalar(value: Value) -> str:
    """As YAML reads it back: digests and names in quotes, for 1e5… and 007… are numbers to it."""
    return "null" if value is None else json.dumps(value, ensure_ascii=False)
