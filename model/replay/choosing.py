"""What the rating queue would take next of the labels that are still hidden.

Nothing is invented here: the doubt is `InstrumentPredictions.uncertainty`, which prediction files carry; `priority` and
`band_of` are what the server orders its queue by. A hidden label has no votes yet.
"""

from collections.abc import Iterable

import numpy as np

from annotate.priority import band_of, priority
from annotate.scales import Instrument
from model.predicted import Predictions

#: What `duchenne` asks for by default of each trial; it moves no priority, only the words beside it.
_PLACES = 3


def uncertainty_of(count: int, said: Iterable[tuple[np.ndarray, Predictions]]) -> np.ndarray:
    """(count, 2): the doubt about each trial under ER and FER, NaN where nobody was asked. `said`: row numbers, and
    what one network says of them.
    """
    doubt = np.full((count, 2), np.nan)
    for rows, answers in said:
        for place, instrument in enumerate(Instrument):
            doubt[rows, place] = answers[instrument].uncertainty()
    return doubt


def queue_value(uncertainty: np.ndarray, *, strictly: bool) -> np.ndarray:
    """By what hidden labels come first, highest first, of any shape: the queue's band, since raters get the trials of
    one band in an order of their own; or `strictly` the priority itself.
    """
    values = [
        priority(None if np.isnan(doubt) else float(doubt), (), _PLACES).value
        for doubt in uncertainty.flatten().tolist()
    ]
    return np.array([value if strictly else band_of(value) for value in values]).reshape(uncertainty.shape)
