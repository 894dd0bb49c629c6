"""The parts of a benchmark's page that say what was trained, at what cost, and how to get there again."""

from html import escape

import numpy as np

from model.benchmark.record import BenchmarkRecord, RecipeTold
from model.evaluation.facts import trained_on
from model.evaluation.tables import table


def recipe_table(record: BenchmarkRecord) -> str:
    """Weights, seconds, epochs kept and model of each recipe."""
    rows = [
        [
            f'<td class="name"><b>{escape(told.recipe.name)}</b><small>{escape(told.recipe.says)}</small></td>',
            f"{told.parameters:,}",
            f"{np.mean([fit.seconds for fit in told.fits]):.1f}",
            f"{sum(fit.seconds for fit in told.fits):.0f}",
            _epochs(told),
            f'<td class="name">{_models(told)}</td>',
        ]
        for told in record.recipes
    ]
    head = [
        "recipe",
        "weights",
        "seconds<br>a network",
        "seconds<br>in all",
        "epoch kept",
        '<th class="name">model</th>',
    ]
    return table(head, rows)


def facts(record: BenchmarkRecord) -> dict[str, str]:
    return {
        "snapshot": f"{record.snapshot} (rows {record.snapshot_sha256})",
        "labels": "as rated" if record.shuffled is None else f"SHUFFLED within participants, seed {record.shuffled}",
        "folds": ", ".join(map(str, record.folds)),
        "seeds": ", ".join(map(str, record.seeds)),
        "features": ", ".join(record.extractors),
        **trained_on(record.machine, record.device, record.workers, record.software),
        "again": _command(record),
    }


def _command(record: BenchmarkRecord) -> str:
    words = ["duchenne benchmark --snapshot", record.snapshot]
    words += [f"--recipe {told.recipe.name}" for told in record.recipes]
    words += [f"--seed {seed}" for seed in record.seeds]
    words += [] if record.all_folds else [f"--folds {len(record.folds)}"]
    words += [] if record.shuffled is None else [f"--shuffled {record.shuffled}"]
    return " ".join(words)


def _models(told: RecipeTold) -> str:
    """With their seeds, where there are several."""
    if len(told.models) < 2:
        return "".join(f"<code>{name}</code>" for name in told.models.values()) or "–"
    return "".join(f"<div><code>{name}</code>, seed {seed}</div>" for seed, name in told.models.items())


def _epochs(told: RecipeTold) -> str:
    kept = [fit.best_epoch for fit in told.fits]
    last = max(fit.epochs for fit in told.fits)
    return f"{min(kept)} – {max(kept)} of {last}" if min(kept) != max(kept) else f"{kept[0]} of {last}"
