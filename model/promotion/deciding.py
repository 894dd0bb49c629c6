"""Takes the night's decision: who serves from now on."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from annotate.snapshot.store import read_header
from model.errors import ModelFolderError
from model.features.dataset import TrialSet, load_trials
from model.features.store import FeatureStore
from model.progress import Progress, quiet
from model.promotion import in_words
from model.promotion.budget import level_of, people_needed
from model.promotion.comparison import Comparison
from model.promotion.entry import MAJORITY, Entry, Ledger
from model.promotion.errors import LedgerMovedError
from model.promotion.evidence import gather
from model.promotion.judged import right_by_majority, right_by_model, truth_of
from model.promotion.ledger import append, read_ledger
from model.promotion.rule import compare, promotes
from model.training.run_folder import LoadedModel, load_model


@dataclass(frozen=True)
class Question:
    """What a night's decision is about. `champion` is None where nobody serves who has to be beaten."""

    challenger: LoadedModel
    champion: LoadedModel | None
    ledger: Ledger
    snapshot: str
    seed: int
    now_utc: str
    preface: str  # what has to be said before the reason

    @property
    def against(self) -> str:
        return self.champion.record.id if self.champion else MAJORITY


def decide(
    models_root: Path,
    challenger: str,
    snapshot_folder: Path,
    store: FeatureStore,
    *,
    now_utc: str,
    seed: int,
    progress: Progress = quiet,
) -> Entry:
    """Compare the model with the champion on the labelled trials of the snapshot, and write who serves into the ledger.

    Features must have been computed. `progress` counts networks. The same night again finds the same, and neither
    tests nor spends twice. Raises ModelFolderError where the challenger's folder is not whole, LedgerError,
    LedgerMovedError, AnnotateError and NotTrainableError; then nothing was decided.
    """
    model, snapshot = load_model(models_root / challenger), read_header(snapshot_folder).id
    trials = cache(lambda: _labelled(snapshot_folder, store))

    def once() -> Entry:
        ledger = read_ledger(models_root)
        asked = _question(models_root, model, ledger, snapshot, seed, now_utc)
        entry = asked if isinstance(asked, Entry) else _answer(asked, _compared(asked, trials(), progress))
        append(models_root, entry, after=len(ledger.entries))
        return entry

    try:
        return once()
    except LedgerMovedError:  # somebody rolled back meanwhile: ask again, of whoever serves now
        return once()


def _labelled(snapshot_folder: Path, store: FeatureStore) -> TrialSet:
    trials = load_trials(snapshot_folder, store)
    return trials.take(trials.labelled)


def _question(
    models_root: Path, challenger: LoadedModel, ledger: Ledger, snapshot: str, seed: int, now_utc: str
) -> Question | Entry:
    """What is to be compared, or the decision where there is nothing to be."""
    last, name = ledger.last, challenger.record.id
    question = Question(challenger, None, ledger, snapshot, seed, now_utc, "")
    if last is not None:
        if last.serves == name:
            return _kept(question, f"Training gave {name} again, which serves already; nothing was there to compare.")
        try:
            serving = load_model(models_root / last.serves)
        except ModelFolderError as error:
            return replace(question, preface=f"{last.serves} served, but cannot any more: {error} ")
        if challenger.record.simulated and not serving.record.simulated:
            return _kept(question, f"{name} learned from simulated recordings: it never takes over from people's.")
        if name in ledger.barred:
            by_hand = f"{name} was taken out of service by hand ({ledger.barred[name]})"
            return _kept(question, f"{by_hand} and does not come back by itself.")
        if last.proven and serving.record.simulated == challenger.record.simulated:
            question = replace(question, champion=serving)
    before = ledger.decided(question.against, name, snapshot)
    if before is not None:
        return _kept(question, f"Compared before on the same trials, at {before.at_utc}: {before.reason}")
    return question


def _compared(asked: Question, trials: TrialSet, progress: Progress) -> Comparison | None:
    """None where there is nobody whom neither had seen."""
    other = right_by_model(asked.champion, trials) if asked.champion else right_by_majority(asked.challenger, trials)
    evidence = gather(trials.participant, truth_of(trials), right_by_model(asked.challenger, trials, progress), other)
    return compare(evidence, asked.against, asked.seed) if len(evidence.participant) else None


def _answer(asked: Question, comparison: Comparison | None) -> Entry:
    name, level = asked.challenger.record.id, level_of(asked.ledger.tests + 1)
    if comparison is None:
        reason = f"There is nobody whom neither {name} nor {asked.against} had seen: nothing could be compared."
        return _not_promoted(asked, None, None, reason)
    if comparison.people < people_needed(level):
        return _not_promoted(asked, comparison, None, in_words.too_few(name, comparison, level))
    reason = in_words.outcome(name, comparison, level)
    if promotes(comparison, level):
        return _entry(asked, "promoted", name, True, comparison, level, reason)
    return _not_promoted(asked, comparison, level, reason)


def _not_promoted(asked: Question, comparison: Comparison | None, level: float | None, reason: str) -> Entry:
    if asked.champion is not None:
        return _kept(asked, reason, comparison, level)
    name = asked.challenger.record.id
    return _entry(asked, "unproven", name, False, comparison, level, f"{reason} {in_words.WHY_UNPROVEN}")


def _kept(asked: Question, reason: str, comparison: Comparison | None = None, level: float | None = None) -> Entry:
    last = asked.ledger.last
    assert last is not None, "only who serves can go on serving"
    return _entry(asked, "kept", last.serves, last.proven, comparison, level, reason)


def _entry(
    asked: Question, decision: str, serves: str, proven: bool, comparison: Comparison | None, level: float | None,
    reason: str,
) -> Entry:  # fmt: skip
    last = asked.ledger.last
    return Entry.model_validate(
        {
            "at_utc": asked.now_utc,
            "decision": decision,
            "serves": serves,
            "served": last.serves if last else None,
            "proven": proven,
            "challenger": asked.challenger.record.id,
            "snapshot": asked.snapshot,
            "seed": asked.seed,
            "test": asked.ledger.tests + 1 if level is not None else None,
            "level": level,
            "spent": (last.spent if last else 0.0) + (level or 0.0),
            "comparison": comparison,
            "reason": asked.preface + reason,
        }
    )
