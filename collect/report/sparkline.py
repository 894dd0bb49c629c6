"""Small pictures within a line of text."""

from collections.abc import Sequence

_WIDTH, _HEIGHT = 96, 20


def sparkline(shares: Sequence[float]) -> str:
    """Shares (0 to 1), one after another, as a filled line; '' without any."""
    if not shares:
        return ""
    step = _WIDTH / len(shares)
    top = [(f"{place * step:.1f}", f"{_HEIGHT - share * (_HEIGHT - 2):.1f}") for place, share in enumerate(shares)]
    path = "".join(f"L{x} {y}h{step:.1f}" for x, y in top)
    return (
        f'<svg class="spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M0 {_HEIGHT}{path}L{_WIDTH} {_HEIGHT}z"/></svg>'
    )
