"""Worked examples as they were printed, with what the books say they give."""

import numpy as np
from numpy.typing import NDArray

_NONE = np.nan

#: Krippendorff 2011, Computing Krippendorff's alpha-reliability, section C: four observers, twelve units, values
#: 1 to 5. Here one row a unit. Nominal 0.743, ordinal 0.815, interval 0.849.
KRIPPENDORFF: NDArray[np.float64] = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _NONE, _NONE, _NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _NONE, 3],
        [_NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _NONE],
    ]
).T

#: Fleiss 1971, table 1: thirty patients, six psychiatrists each, who chose among depression, personality disorder,
#: schizophrenia, neurosis, other. How many said which. Kappa 0.430.
FLEISS = (
    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006",
    "10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203",
    "00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006",
)  # fmt: skip

#: Shrout and Fleiss 1979, table 2: six targets, four judges. ICC(2,1) 0.29, ICC(2,4) 0.62.
SHROUT_FLEISS: NDArray[np.float64] = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)

#: Bland and Altman 1986, table 1: peak flow of seventeen people, first reading by a large and by a small meter.
LARGE_METER: NDArray[np.float64] = np.array(
    [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427], dtype=float
)
SMALL_METER: NDArray[np.float64] = np.array(
    [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451], dtype=float
)


def fleiss_answers() -> NDArray[np.float64]:
    """(30, 6): the class that each of the six chose; who chose which is not known, so they stand in any order."""
    return np.array([np.repeat(np.arange(5), [int(count) for count in row]) for row in FLEISS], dtype=float)
