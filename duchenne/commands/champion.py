"""`duchenne champion …`."""

import click


@click.group()
def champion() -> None:
    """Say which model serves and why, or let a former one serve again."""


@champion.command()
def show() -> None:
    """Say who serves, since when and why."""
    from duchenne.console import tell, tell_next
    from duchenne.settings import load_settings
    from duchenne.told_ledger import told_ledger
    from model.promotion.budget import LIFETIME

    ledger = told_ledger(load_settings().values.models)
    since, last = ledger.since, ledger.last
    if since is None or last is None:
        tell("No model serves yet: no night has decided.")
        tell_next("duchenne nightly")
        return
    tell(f"serves  {last.in_short()}\nsince   {since.at_utc}\nwhy     {since.reason}")
    if last is not since:
        tell(f"last    {last.at_utc}, {last.decision}: {last.reason}")
    tell(f"budget  {100 * last.spent:.2f} of {100 * LIFETIME:.0f} % spent by {ledger.tests} tests")
    tell_next("duchenne champion history", *(["duchenne champion rollback"] if len(ledger.reigns) > 1 else []))


@champion.command()
def history() -> None:
    """Show every decision, the first one first."""
    from duchenne.console import tell_next, tell_table
    from duchenne.settings import load_settings
    from duchenne.told_ledger import told_ledger
    from model.promotion.in_words import points, small

    models = load_settings().values.models
    rows = []
    for entry in told_ledger(models).entries:
        found = entry.comparison
        rows.append(
            (
                entry.at_utc,
                entry.decision,
                entry.in_short(),
                entry.challenger or "",
                found.against if found else "",
                f"{points(found.difference)} [{points(found.low)}, {points(found.high)}]" if found else "",
                found.people if found else "",
                ""
                if found is None
                else small(found.p)
                if entry.level is None
                else f"{small(found.p)} ({small(entry.level)})",
                f"{100 * entry.spent:.2f} %",
            )
        )
    names = ("when", "decision", "serves", "challenger", "against", "points of UAR", "people", "p (needed)", "spent")
    tell_table(f"Decisions in {models}", names, rows)
    tell_next("duchenne champion show" if rows else "duchenne nightly")


@champion.command()
@click.option("--to", "to", metavar="MODEL", help="A model that served before. Default: the one before this one.")
def rollback(to: str | None) -> None:
    """Let the former champion serve again, and order the queue by it; the ledger keeps both decisions."""
    from duchenne.console import tell, tell_next
    from duchenne.queue import tell_queue
    from duchenne.rollback import speak_again, take_back
    from duchenne.settings import load_settings
    from duchenne.told_ledger import told_ledger

    values = load_settings().values
    told_ledger(values.models)
    entry, back = take_back(values, to)
    tell(f"serves  {entry.in_short()}\nwhy     {entry.reason}")
    if back.snapshot is not None:
        if back.silent:
            speak_again(values, entry.serves, back.snapshot)
        tell_queue(values)
    steps = ["duchenne serve   (raters now get these first)"] if back.snapshot else ["duchenne nightly"]
    tell_next(*steps, "duchenne champion history")
