"""Linear heads for both instruments."""

from torch import Tensor, nn

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from model.emert.batch import InstrumentAnswer

_SIZES = (len(EMOTIONS), len(POLARITIES), 2, 1)


class Heads(nn.Module):
    """(B, D) to the answers under ER and FER. Intensity is FER's alone."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.er = nn.Linear(width, sum(_SIZES[:3]))
        self.fer = nn.Linear(width, sum(_SIZES))

    def forward(self, x_BD: Tensor) -> dict[Instrument, InstrumentAnswer]:
        er_seven, er_three, er_va = self.er(x_BD).split(_SIZES[:3], dim=-1)
        fer_seven, fer_three, fer_va, fer_intensity = self.fer(x_BD).split(_SIZES, dim=-1)
        return {
            Instrument.ER: InstrumentAnswer(er_seven, er_three, er_va, None),
            Instrument.FER: InstrumentAnswer(fer_seven, fer_three, fer_va, fer_intensity[:, 0]),
        }
