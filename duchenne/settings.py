"""Settings: from the environment, else from one file, else the default; and where each value came from.

Documented in docs/settings.md. Rooms never read settings; the front door hands them plain values.
"""

import difflib
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from duchenne.errors import FrontDoorError

PREFIX = "DUCHENNE_"
#: Names the settings file itself; every other variable with the prefix is a setting.
FILE_VARIABLE = "DUCHENNE_SETTINGS"


class SettingsError(FrontDoorError):
    """A setting is unknown or has a value that it cannot have."""


class Values(BaseModel):
    """Every setting, with its default. Folders not set lie below `home`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Path.home() / ".local" / "share" / "duchenne"
    database_url: str = Field("", description="sqlite:///… or postgresql://…; empty: duchenne.sqlite3 below home")
    recordings: Path = Field(Path(), description="where sessions are recorded to")
    media: Annotated[Annotated[str, Field(pattern="^s3://")] | Path, Field(union_mode="left_to_right")] = Field(
        Path(), description="content-addressed media of the server: a folder, or s3://bucket/prefix"
    )
    media_endpoint: str = Field("", description="the URL of an S3-compatible object store; empty: Amazon's own")
    media_cache: Path = Field(Path(), description="where media of an object store are kept for a while")
    media_cache_gib: Annotated[float, Field(gt=0)] = 20.0
    uploads: Path = Field(Path(), description="where recordings arrive in pieces, until they are verified")
    snapshots: Path = Path()
    features: Path = Field(Path(), description="what was computed from media, safe to delete")
    models: Path = Path()
    predictions: Path = Path()
    reports: Path = Path()
    networks: Path = Field(
        Path(sys.prefix) / "share" / "duchenne" / "networks", description="the face networks that `make setup` fetched"
    )
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = Field(
        "auto", description="where networks are trained: auto takes a GPU where there is one"
    )
    slurm_partition: str = Field("", description="where `--slurm` submits its jobs; empty: the cluster's own choice")
    slurm_account: str = Field("", description="whom the cluster charges for them; empty: its own choice")
    slurm_gpus: Annotated[int, Field(ge=0, le=1)] = Field(0, description="GPUs of each job: none or one")
    slurm_cpus: Annotated[int, Field(ge=1)] = Field(2, description="cores of each job")
    slurm_memory_gib: Annotated[float, Field(gt=0)] = Field(16.0, description="memory of each job")
    slurm_hours: Annotated[float, Field(gt=0)] = Field(12.0, description="after so long the cluster ends a job")
    server_url: str = Field("", description="the server that `duchenne upload` sends recordings to")
    token: SecretStr = Field(SecretStr(""), description="the API token with which it does")
    token_file: Path = Field(Path(), description="a file with that token")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8707
    public_url: Annotated[str, Field(pattern=r"^(https?://[^/\s?#]+/?)?$")] = ""
    behind_proxy: bool = False

    def below_home(self) -> "Values":
        """The same with every empty place filled in."""
        empty = {name for name, value in self if value == Path() and name != "home"}
        filled: dict[str, Any] = {name: self.home / name for name in empty}
        if not self.database_url:
            filled["database_url"] = f"sqlite:///{self.home / 'duchenne.sqlite3'}"
        return self.model_copy(update=filled)


@dataclass(frozen=True)
class Settings:
    """Values in force, and for each name where it came from."""

    values: Values
    sources: Mapping[str, str]


def settings_file(environ: Mapping[str, str]) -> Path | None:
    """The one file: named by DUCHENNE_SETTINGS, else duchenne.toml here, else the user's own; None if there is none."""
    if named := environ.get(FILE_VARIABLE):
        path = Path(named)
        if not path.is_file():
            raise SettingsError(f"{path}: no such file, but {FILE_VARIABLE} names it. Correct or unset the variable")
        return path
    config = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return next((p for p in (Path("duchenne.toml"), config / "duchenne" / "duchenne.toml") if p.is_file()), None)


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError, naming file or variable."""
    path = settings_file(environ)
    given: dict[str, Any] = {}
    sources = dict.fromkeys(Values.model_fields, "default")
    if path:
        for name, value in _read(path).items():
            given[_known(name, f"{path}, key {name}")] = value
            sources[name] = str(path)
    for variable, value in sorted(environ.items()):
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
            name = _known(variable.removeprefix(PREFIX).lower(), f"environment variable {variable}")
            given[name] = value
            sources[name] = variable
    try:
        values = Values.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingsError(
            f"{sources[name]}, setting {name}: {first['msg']}. docs/settings.md has the list"
        ) from error
    return Settings(values.below_home(), sources)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}. docs/settings.md shows an example") from error


def _known(name: str, place: str) -> str:
    if name in Values.model_fields:
        return name
    near = difflib.get_close_matches(name, Values.model_fields, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(Values.model_fields)}."
    raise SettingsError(f"{place}: there is no setting {name!r}; {hint} Correct or remove it")
