"""The measures of the field, each from pooled predictions: averaged over batches, UAR is off by points."""

import numpy as np


def confusion(truth: np.ndarray, said: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes) counts; rows are the truth, columns what was said. Both inputs (N,) class numbers."""
    return np.bincount(truth * classes + said, minlength=classes * classes).reshape(classes, classes)


def war(counts: np.ndarray) -> np.ndarray:
    """Weighted average recall, which is accuracy. `counts` (..., C, C) confusions; any number of leading axes."""
    return _ratio(np.einsum("...ii->...", counts), counts.sum(axis=(-2, -1)))


def uar(counts: np.ndarray) -> np.ndarray:
    """Unweighted average recall: the mean recall of the classes that occur in the truth."""
    support = counts.sum(axis=-1)
    recall = np.where(support > 0, np.einsum("...ii->...i", counts) / np.maximum(support, 1), 0.0)
    return _ratio(recall.sum(axis=-1), (support > 0).sum(axis=-1))


def weighted_f1(counts: np.ndarray) -> np.ndarray:
    """F1 of each class, weighted by how often it occurs in the truth."""
    hits = np.einsum("...ii->...i", counts)
    support = counts.sum(axis=-1)
    either = support + counts.sum(axis=-2)
    f1 = np.where(either > 0, 2 * hits / np.maximum(either, 1), 0.0)
    return _ratio((f1 * support).sum(axis=-1), support.sum(axis=-1))


def recalls(counts: np.ndarray) -> np.ndarray:
    """(..., C) share of each class's trials that were said to be of it; NaN for a class that the truth lacks."""
    return _share(np.einsum("...ii->...i", counts), counts.sum(axis=-1))


def f1s(counts: np.ndarray) -> np.ndarray:
    """(..., C) F1 of each class, 2·hits / (trials of it + trials said to be of it); NaN where the truth lacks it."""
    support = counts.sum(axis=-1)
    f1 = _share(2 * np.einsum("...ii->...i", counts), support + counts.sum(axis=-2))
    return np.where(support > 0, f1, np.nan)


#: What `moments` gives, in this order: n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|.
MOMENTS = 7


def moments(truth: np.ndarray, said: np.ndarray) -> np.ndarray:
    """(MOMENTS,) sums from which CCC, PCC, RMSE and MAE follow, and which can be added up over participants."""
    x, y = truth.astype(np.float64), said.astype(np.float64)
    return np.array([len(x), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum(), np.abs(x - y).sum()])


def ccc(sums: np.ndarray) -> np.ndarray:
    """Concordance (Lin 1989) from (..., MOMENTS): 2·cov / (var + var + (mean - mean)²), with variances over n."""
    n, x, y, xx, yy, xy, _ = np.moveaxis(sums, -1, 0)
    n = np.maximum(n, 1)
    mean_x, mean_y = x / n, y / n
    spread = (xx / n - mean_x**2) + (yy / n - mean_y**2) + (mean_x - mean_y) ** 2
    return _ratio(2 * (xy / n - mean_x * mean_y), spread)


def pcc(sums: np.ndarray) -> np.ndarray:
    """Pearson's correlation from (..., MOMENTS); NaN where either side never changes, which no correlation is."""
    n, x, y, xx, yy, xy, _ = np.moveaxis(sums, -1, 0)
    n = np.maximum(n, 1)
    var_x, var_y = xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
    changes = (var_x > 1e-12) & (var_y > 1e-12)
    spread = np.sqrt(np.where(changes, var_x * var_y, 1.0))
    return np.where(changes, np.clip((xy / n - x * y / n**2) / spread, -1.0, 1.0), np.nan)


def rmse(sums: np.ndarray) -> np.ndarray:
    """Root mean squared error from (..., MOMENTS): Σ(x-y)² is Σx² - 2Σxy + Σy²."""
    n, _, _, xx, yy, xy, _ = np.moveaxis(sums, -1, 0)
    return np.sqrt(np.maximum(_ratio(xx - 2 * xy + yy, n), 0.0))


def mae(sums: np.ndarray) -> np.ndarray:
    """Mean absolute error from (..., MOMENTS)."""
    return _ratio(sums[..., 6], sums[..., 0])


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """0 where there is nothing to divide by."""
    usable = below > 1e-12
    return np.where(usable, above / np.where(usable, below, 1.0), 0.0)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """NaN where there is nothing to have a share of."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
