"""What a classic facial-expression model can do: EMERT's own face encoder and heads, and never a look at the eyes."""

from torch import nn

from model.emert.batch import Answer, Batch, masked_mean
from model.emert.encoders import FaceEncoder
from model.emert.heads import Heads
from model.recipe import Architecture


class FaceOnly(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = architecture
        self.faces = FaceEncoder(a.token_width, a.face_width, a.face_stem, a.dropout)
        self.project = nn.Sequential(
            nn.Linear(a.token_width, a.projection_hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(a.projection_hidden, a.projection_width),
        )
        self.heads = Heads(a.projection_width)

    def forward(self, batch: Batch) -> Answer:
        tokens_BTD = self.faces(batch.faces_BTCHW, batch.face_mask_BT)
        seen_BD = masked_mean(self.project(tokens_BTD), batch.face_mask_BT)
        return Answer(self.heads(seen_BD))
