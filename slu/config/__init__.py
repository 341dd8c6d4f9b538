"""The YAML files under `configs/`, as checked, immutable objects: one module a file kind."""

from slu.config.adapt import AdaptConfig
from slu.config.augment import AugmentConfig
from slu.config.base import Config, Range
from slu.config.corpus import ChecksConfig, CorpusConfig, VoicesConfig
from slu.config.data import DataConfig, QualityConfig
from slu.config.engine import EngineConfig, FurtherEngineConfig
from slu.config.loading import (
    check_config,
    load_config,
    load_configs,
    parse_overrides,
    save_config,
    update_config,
)
from slu.config.model import MODEL_CONFIG, M1Config, M2Config, M3Config, ModelConfig
from slu.config.preprocess import (
    FramingConfig,
    LogMelConfig,
    PreprocessConfig,
    SpeechEmbeddingConfig,
)
from slu.config.train import MixupConfig, PeopleConfig, TrainConfig, WandbConfig

__all__ = [
    "MODEL_CONFIG",
    "AdaptConfig",
    "AugmentConfig",
    "ChecksConfig",
    "Config",
    "CorpusConfig",
    "DataConfig",
    "EngineConfig",
    "FramingConfig",
    "FurtherEngineConfig",
    "LogMelConfig",
    "M1Config",
    "M2Config",
    "M3Config",
    "MixupConfig",
    "ModelConfig",
    "PeopleConfig",
    "PreprocessConfig",
    "QualityConfig",
    "Range",
    "SpeechEmbeddingConfig",
    "TrainConfig",
    "VoicesConfig",
    "WandbConfig",
    "check_config",
    "load_config",
    "load_configs",
    "parse_overrides",
    "save_config",
    "update_config",
]
