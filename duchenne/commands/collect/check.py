"""`duchenne collect check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from duchenne.commands.collect.options import PATH

if TYPE_CHECKING:
    from collect.checking.check import CheckReport

_LOOK = {"ok": ("ok", "green"), "warn": ("look", "yellow"), "fail": ("FAIL", "bold red")}


@click.command()
@click.argument("study", type=PATH)
@click.option("--participant", metavar="P", help="Whose order to show; else an example's.")
@click.option("--destination", type=PATH, help="Default: the setting `recordings`.")
@click.option("--devices/--no-devices", default=True, show_default=True, help="Open screen, sound, camera and tracker.")
@click.option("--tracker", is_flag=True, help="Also ask the EyeLink at the study's address.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(
    study: Path, participant: str | None, destination: Path | None, devices: bool, tracker: bool, as_json: bool
) -> None:
    """Prove everything about STUDY that can be proved before a participant sits down."""
    import os

    from collect.checking.check import DeviceCheck, check_study
    from collect.devices.host_clock import HostClock
    from duchenne.console import bar
    from duchenne.settings import load_settings

    if tracker and not devices:
        raise click.UsageError("--tracker looks at a device, and --no-devices at none")
    folder = destination or load_settings().values.recordings
    display = bool(os.environ.get("DISPLAY")) or not sys.platform.startswith("linux")
    with bar("clips (seconds)") as progress:
        report = check_study(
            study,
            folder,
            participant=participant,
            devices=DeviceCheck(HostClock(), display, tracker) if devices else None,
            progress=progress,
        )
    if as_json:
        _tell_json(report)
    else:
        _tell_tables(report, shown=participant or report.participant)
    if report.verdict == "fail":
        sys.exit(1)


def _tell_json(report: CheckReport) -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps({**asdict(report), "verdict": report.verdict}, default=str, indent=2, ensure_ascii=False))


def _tell_tables(report: CheckReport, shown: str) -> None:
    from collections import Counter

    from rich import box
    from rich.table import Table
    from rich.text import Text

    from duchenne.console import out, tell, tell_next

    findings = Table(
        title=f"{report.study}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, header_style="dim"
    )
    for column in ("", "check", "found", "what to do"):
        findings.add_column(column, overflow="fold")
    for finding in report.findings:
        word, style = _LOOK[finding.verdict]
        findings.add_row(Text(word, style), Text(finding.name), Text(finding.found), Text(finding.todo))
    out.print(findings, soft_wrap=False)
    order = Table(
        title=f"What {report.participant} is shown", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        header_style="dim",
    )  # fmt: skip
    for column in ("", "minute", "part", "clip", "emotion", "block"):
        order.add_column(column, justify="right" if column in ("", "minute") else "left")
    for row in report.plan:
        if row.rest_before:
            order.add_row("", "", Text("rest", "dim"))
        order.add_row(
            str(row.number), f"{row.minute:.1f}", row.role, Text(row.clip), row.emotion or "", Text(row.block),
            style="" if row.role == "trial" else "dim",
        )  # fmt: skip
    out.print(order, soft_wrap=False)
    counts = Counter(finding.verdict for finding in report.findings)
    tell(f"{counts['ok']} well, {counts['warn']} to look at, {counts['fail']} failed")
    if report.verdict != "fail":
        tell_next(f"duchenne collect run {report.study} --participant {shown}")
