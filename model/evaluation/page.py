"""The page that all reports of models are: their head, their look, and how to get there again at their end."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

SIMULATED = (
    '<p class="simulated"><b>SIMULATED.</b> This model was trained on simulated recordings. No person was recorded, '
    "and the figures say nothing about people: they show that the way from recording to result works.</p>"
)
SEVERAL_SIMULATED = SIMULATED.replace("This model was", "These models were")


def page_of(
    package: str,
    *,
    title: str,
    about: Sequence[str],
    banners: Sequence[str],
    warnings: Sequence[str],
    facts: Mapping[str, str],
    **parts: str,
) -> str:
    """The whole page; between its head and its end stands report.html of `package`, filled with `parts`.

    Where `package` has a report.css, it adds to the look of all. Warnings and facts are plain text, all else is HTML.
    """
    styles = [_text("model.evaluation", "page.css")]
    if files(package).joinpath("report.css").is_file():
        styles.append(_text(package, "report.css"))
    return Template(_text("model.evaluation", "page.html")).substitute(
        style="\n".join(styles),
        title=title,
        about=", ".join(about),
        banners="\n  ".join(banners),
        warnings="".join(f'<p class="warnings">{escape(text)}</p>' for text in warnings),
        body=Template(_text(package, "report.html")).substitute(parts).removesuffix("\n"),
        facts="".join(f"<tr><td>{name}</td><td><code>{escape(said)}</code></td></tr>" for name, said in facts.items()),
    )


def _text(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")
