"""What a night clears away first: what killed processes have left, and features that nobody reads any more."""

from annotate.arriving import ENDING, sweep
from annotate.snapshot.store import ARRIVING
from duchenne.console import tell_note
from duchenne.settings import Values
from model.errors import FeaturesNotKeptError
from model.features import faces
from model.features.pruning import prune_features_unless_in_use
from model.training.run_folder import sweep_unfinished


def tidy(values: Values) -> None:
    """What a living process writes or trains on stays. A disk too full to let go of faces is told, and stops no night.

    A withdrawal does not wait for this: it deletes at once what belongs to the participant.
    """
    swept = sweep_unfinished(values.models) + sweep(values.snapshots.glob(f"{ARRIVING}*"))
    swept += sum(sweep(folder.glob(f".*{ENDING}-*")) for folder in (values.predictions, values.reports))
    if swept:
        tell_note(f"{swept} unfinished files or folders were swept, of processes that had been killed.")
    try:
        gone = prune_features_unless_in_use(values.features, values.snapshots, faces.EXTRACTOR)
    except FeaturesNotKeptError as error:
        tell_note(str(error))
        return
    if gone is None:
        tell_note(f"{values.features}: in use by another process, so that old features go another night.")
    elif gone:
        tell_note(f"{gone} features went that no snapshot asks for any more, or that this version cannot read.")
