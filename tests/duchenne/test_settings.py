from collections.abc import Mapping
from pathlib import Path

import pytest

from duchenne.settings import SettingsError, Values, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(tmp_path: Path, text: str | None = None, **environ: str) -> tuple[Values, Mapping[str, str]]:
    if text is not None:
        (tmp_path / "duchenne.toml").write_text(text)
    settings = load_settings({"XDG_CONFIG_HOME": str(tmp_path / "none"), **environ})
    return settings.values, settings.sources


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    values, sources = load(tmp_path, 'port = 9000\nhost = "::1"\n', DUCHENNE_PORT="9001")
    assert (values.port, values.host) == (9001, "::1")
    assert (sources["port"], sources["host"], sources["media"]) == ("DUCHENNE_PORT", "duchenne.toml", "default")


def test_places_lie_below_home_unless_they_are_set(tmp_path: Path) -> None:
    values, _ = load(tmp_path, DUCHENNE_HOME="/data/lab", DUCHENNE_MEDIA="/big/media")
    assert values.snapshots == Path("/data/lab/snapshots")
    assert values.media == Path("/big/media")
    assert values.database_url == "sqlite:////data/lab/duchenne.sqlite3"


@pytest.mark.parametrize(
    ("text", "environ", "told"),
    [
        (None, {"DUCHENNE_DATABSE_URL": "x"}, "DUCHENNE_DATABSE_URL: .*did you mean 'database_url'"),
        ("prot = 1", {}, r"duchenne.toml, key prot: .*did you mean 'port'"),
        ("port = 0", {}, "duchenne.toml, setting port: .*greater than or equal to 1"),
        (None, {"DUCHENNE_PORT": "many"}, "DUCHENNE_PORT, setting port"),
        ("port = ", {}, "cannot be read as TOML"),
        (None, {"DUCHENNE_SETTINGS": "absent.toml"}, "absent.toml: no such file"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, text: str | None, environ: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        load(tmp_path, text, **environ)


def test_media_lie_in_a_folder_or_in_a_bucket(tmp_path: Path) -> None:
    values, _ = load(tmp_path, DUCHENNE_HOME="/data/lab", DUCHENNE_MEDIA="s3://faces/lab")
    assert values.media == "s3://faces/lab"
    assert values.media_cache == Path("/data/lab/media_cache")


def test_a_token_is_not_shown(tmp_path: Path) -> None:
    values, _ = load(tmp_path, DUCHENNE_TOKEN="dt_abcdef")
    assert values.token.get_secret_value() == "dt_abcdef"
    assert "abcdef" not in str(dict(values)) + repr(values)
