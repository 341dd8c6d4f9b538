"""M3: pretrained speech embeddings, then a tiny Transformer encoder."""

from collections.abc import Mapping

from torch import Tensor, nn

from slu.config import M3Config
from slu.models.encoder import TransformerEncoder
from slu.models.heads import SlotHeads, SlotOutputs
from slu.models.padding import mask_of


class M3(nn.Module):
    """Features -> projection -> tiny Transformer -> the same pooling and heads as M1.

    Made for the front end `speech_embedding`, which has done the hearing already: each of its
    frames spans most of a word.
    """

    def __init__(self, config: M3Config, n_features: int, n_labels: Mapping[str, int]) -> None:
        super().__init__()
        self.projection = nn.Linear(n_features, config.d_model)
        self.encoder = TransformerEncoder(
            config.d_model, config.n_heads, config.n_layers, config.feed_forward, config.dropout
        )
        self.heads = SlotHeads(config.d_model, n_labels, config.dropout)

    def forward(self, features: Tensor, lengths: Tensor) -> SlotOutputs:
        """Classify a batch.

        Args:
            features: shape = (B, n_frames, n_features).
            lengths: valid frames of each utterance, shape = (B,).
        """
        mask = mask_of(lengths, features.shape[1])
        outputs: SlotOutputs = self.heads(self.encoder(self.projection(features), mask), mask)
        return outputs
