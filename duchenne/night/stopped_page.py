"""The morning's page of a night that came to no end: where it stopped, why, what is as it was, what to do."""

from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from duchenne.night.champion_section import in_html
from duchenne.night.logbook import Unfinished
from duchenne.night.page import file_of, put
from model.errors import ModelError
from model.promotion.ledger import read_ledger


def write_stopped_page(folder: Path, stopped: Unfinished, models: Path) -> Path:
    """One self-contained page in `folder`, named by the time at which the night began; returns its path."""
    template = Template(files("duchenne.night").joinpath("stopped_page.html").read_text(encoding="utf-8"))
    return put(
        file_of(folder, stopped.begun_utc),
        template,
        date=escape(stopped.begun_utc),
        step=escape(stopped.step),
        told=in_html(stopped.told or ""),
        serves=_serving(models),
    )


def _serving(models: Path) -> str:
    try:
        last = read_ledger(models).last
    except ModelError:
        return "Who serves cannot be read."
    if last is None:
        return "No model serves yet."
    return f"<code>{last.serves}</code> goes on serving."
