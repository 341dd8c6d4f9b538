"""Sizes and strengths for people who do not want to choose every number."""

from enum import StrEnum

from slu.config.augment import AugmentConfig
from slu.config.model import MODEL_CONFIG, ModelConfig
from slu.config.train import TrainConfig

_WIDTHS = frozenset(("d_model", "feed_forward", "channels"))
Width = int | tuple[int, ...]
# Nothing is made narrower or wider than this, which every model may be.
_NARROWEST, _WIDEST = 8, 1024


class Size(StrEnum):
    """How large a model is, against its configuration."""

    SMALL = "small"
    STANDARD = "standard"
    LARGE = "large"


_SCALES = {Size.SMALL: (0.5, -1), Size.STANDARD: (1.0, 0), Size.LARGE: (1.5, 1)}


def model_names() -> list[str]:
    """Every model that can be trained."""
    return list(MODEL_CONFIG.json_schema()["discriminator"]["mapping"])


def resized(config: ModelConfig, size: Size) -> ModelConfig:
    """A model of the same kind, about half or one and a half times as wide.

    Args:
        config: of any model; sizes that it does not have are left alone.
        size: `Size.STANDARD` is the model as it is.
    """
    if size is Size.STANDARD:
        return config
    scale, more_layers = _SCALES[size]
    values = config.model_dump()
    step = 2 * values.get("n_heads", 1)
    for key in _WIDTHS & values.keys():
        values[key] = _scaled(values[key], scale, step if key == "d_model" else 1)
    if "n_layers" in values:
        values["n_layers"] = min(12, max(1, values["n_layers"] + more_layers))
    return MODEL_CONFIG.validate_python(values)


def strengthened(config: TrainConfig, strength: float) -> TrainConfig:
    """The same training with every augmentation more or less probable.

    Args:
        config: not altered.
        strength: factor of the probabilities; 0 switches augmentation off.
    """
    values = config.augment.model_dump() | {"enable": strength > 0}
    for section in values.values():
        if strength and isinstance(section, dict) and "probability" in section:
            section["probability"] = min(1.0, section["probability"] * strength)
    return config.model_copy(update={"augment": AugmentConfig.model_validate(values)})


def _scaled(width: Width, scale: float, step: int) -> Width:
    if isinstance(width, tuple):
        return tuple(_scaled_number(part, scale, step) for part in width)
    return _scaled_number(width, scale, step)


def _scaled_number(width: int, scale: float, step: int) -> int:
    narrowest = -(-min(width, _NARROWEST) // step) * step
    widest = max(width, _WIDEST // step * step)
    return min(max(round(width * scale / step) * step, narrowest), widest)
