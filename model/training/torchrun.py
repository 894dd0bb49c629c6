"""Trains a run with all processes of a launcher: rank 0 says what, everybody takes fits, rank 0 alone goes on."""

from pathlib import Path

from model.progress import Progress
from model.training.device import device_of_process, name_of
from model.training.planned import Planned
from model.training.ranks import Ranks, gone
from model.training.share import epochs_done, gathered, join, train_share
from model.training.sharing import Sharing
from model.training.trainer import Placed, Trained

_SHARED = "what is shared out"


class Together:
    """The trainer of rank 0."""

    def __init__(self, ranks: Ranks, local_rank: int) -> None:
        self.at_once = ranks.size
        self._ranks, self._local_rank = ranks, local_rank
        self._told = False

    def placed(self, device: str) -> Placed:
        place = device_of_process(device, self._local_rank)
        return Placed(str(place), name_of(place))

    def train(self, run: Planned, progress: Progress) -> Trained:
        """Raises ProcessLostError where another process ended, and what model.training.share raises."""
        ranks, by = self._ranks, str(self._ranks.rank)
        sharing = Sharing.begin(run)
        try:
            sharing.hold_to(run, by, device_of_process(run.asked.device, self._local_rank))
            self._tell(str(sharing.folder))

            def move(number: int, epochs: int) -> None:
                ranks.look_around()
                done, total = epochs_done(sharing, run)
                progress(done + epochs, total)

            train_share(sharing, run, by, move)
            while not all(ranks.said(gone(other)) for other in range(1, ranks.size)):
                progress(*epochs_done(sharing, run))
                ranks.pause()
            progress(*epochs_done(sharing, run))
            agreed, trained = sharing.agreed(), sharing.trained()
        finally:
            sharing.leave()
        recalled = len(run.jobs) - trained
        return Trained(gathered(run, run.kept), run.kept, agreed.arithmetic.device, agreed.machine, lambda: recalled)

    def close(self) -> None:
        """Where there was nothing to train the others are told so."""
        if not self._told:
            self._tell("")

    def _tell(self, folder: str) -> None:
        self._told = True
        self._ranks.say(_SHARED, folder)


def lend_a_hand(ranks: Ranks, local_rank: int) -> None:
    """What the other ranks do: wait until features are computed, train a share, and end.

    Raises ProcessLostError where another process ended, and what model.training.share raises.
    """
    folder = ranks.hear(_SHARED)
    if folder:
        by = str(ranks.rank)
        sharing, run = join(Path(folder), by, local_rank)
        train_share(sharing, run, by, lambda number, done: ranks.look_around())
    ranks.say(gone(ranks.rank))
