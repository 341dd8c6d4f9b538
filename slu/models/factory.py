"""From a model configuration to a network."""

from collections.abc import Mapping

from slu.config import M1Config, M2Config, ModelConfig
from slu.models.m1 import M1
from slu.models.m2 import M2
from slu.models.m3 import M3

Model = M1 | M2 | M3


def build_model(config: ModelConfig, n_features: int, n_labels: Mapping[str, int]) -> Model:
    """The network that `config.name` names.

    Args:
        config: its sizes.
        n_features: features of the front end for each frame.
        n_labels: slot -> number of labels.
    """
    if isinstance(config, M1Config):
        return M1(config, n_features, n_labels)
    if isinstance(config, M2Config):
        return M2(config, n_features, n_labels)
    return M3(config, n_features, n_labels)
