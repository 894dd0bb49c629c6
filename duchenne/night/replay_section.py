"""The line of the morning's page that says whether the queue's order teaches, if anybody has replayed one."""

import os
from html import escape
from pathlib import Path

from model.replay.newest import newest_replay


def replay_section(models: Path, folder: Path) -> str:
    """HTML of the newest replay that lies in `models`, for a page in `folder`; nothing where there is none."""
    found = newest_replay(models)
    if found is None:
        return ""
    verdicts = "; ".join(f"{escape(name)}: <b>{escape(said)}</b>" for name, said in found.verdicts.items())
    simulated = ", simulated" if found.simulated else ""
    return (
        f"<p>Does this order teach faster than chance? Replayed on snapshot <code>{escape(found.snapshot)}</code> "
        f"({escape(found.created_utc[:10])}{simulated}): {verdicts}. "
        f'<a href="{escape(os.path.relpath(found.report, folder))}">The replay</a></p>'
    )
