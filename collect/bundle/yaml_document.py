"""YAML that people write (studies, stimulus manifests), read strictly: every complaint names the line and the field."""

from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from collect.bundle.errors import DocumentError, Location, field_of, first_complaint, location_of

Model = TypeVar("Model", bound=BaseModel)


def parse_document(raw: bytes, name: str, model: type[Model]) -> Model:
    """Read one YAML document into `model`. `name` is what the messages call the file. Raises DocumentError."""
    root = _compose(raw, name)
    expected = model.model_fields["format"].default
    _refuse_doubled_keys(root, name)
    try:
        value = yaml.SafeLoader("").construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(f"{name}: {' '.join(str(error).split())}. Correct it and try again.") from None
    if value.get("format") != expected:
        raise DocumentError(
            f"{name}, line {_line(root, ('format',))}, field 'format': expected '{expected}', "
            f"found {value.get('format')!r}. Is this the right file?"
        )
    if value.get("version") != 1:
        raise DocumentError(
            f"{name}, line {_line(root, ('version',))}, field 'version': this program reads version 1, "
            f"found {value.get('version')!r}. Update the program, or write 'version: 1'."
        )
    try:
        return model.model_validate(value)
    except ValidationError as error:
        _, complaint = first_complaint(error)
        location = location_of(error)
        where = f"line {_line(root, location)}, field '{field_of(_written(root, location))}'"
        raise DocumentError(f"{name}, {where}: {complaint}. Correct it and try again.") from None


def line_of(raw: bytes, location: Location) -> int:
    """The line (from 1) of a field in a document that parse_document has accepted."""
    root = yaml.compose(raw.decode("utf-8"), Loader=yaml.SafeLoader)
    assert root is not None, "parse_document accepts no empty document"
    return _line(root, location)


def _compose(raw: bytes, name: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(raw.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DocumentError(f"{name}, line {line}: not UTF-8. Save the file as UTF-8 and try again.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError(f"{name}, line {line}: not YAML: {error.problem}. Correct the line.") from None
    except yaml.YAMLError as error:
        raise DocumentError(f"{name}: not YAML: {' '.join(str(error).split())}. Correct it.") from None
    if not isinstance(root, yaml.MappingNode):
        raise DocumentError(f"{name}, line 1: expected 'field: value' lines, found something else. Is this the file?")
    return root


def _refuse_doubled_keys(node: yaml.Node, name: str) -> None:
    """YAML lets the last of two equal keys win in silence; a person meant one of them and we cannot know which."""
    if isinstance(node, yaml.MappingNode):
        seen: set[Any] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise DocumentError(f"{name}, line {line}, field '{key.value}': stands twice. Remove one of them.")
            seen.add(key.value)
            _refuse_doubled_keys(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_doubled_keys(value, name)


def _written(node: yaml.Node, location: Location) -> Location:
    """`location` without the names that pydantic added for the member of a union; a missing field is kept."""
    written: list[int | str] = []
    for depth, part in enumerate(location, start=1):
        if isinstance(node, yaml.MappingNode):
            value = next((value for key, value in node.value if key.value == part), None)
            if value is None and depth < len(location):
                continue
            node = value or node
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            continue
        written.append(part)
    return tuple(written)


def _line(node: yaml.Node, location: Location) -> int:
    """The line of the deepest part of `location` that is in the document."""
    line = node.start_mark.line
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                continue  # a missing field, or a name that pydantic added for the member of a union
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1
