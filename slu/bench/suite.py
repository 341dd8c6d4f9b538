"""The whole bench: one table and one JSON file."""

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from slu.bench.api_load import bench_api
from slu.bench.measurements import (
    Measurement,
    bench_cold_start,
    bench_epoch,
    bench_features,
    bench_prediction,
)
from slu.config import MODEL_CONFIG, TrainConfig, load_config
from slu.errors import SLUError
from slu.files import write_json
from slu.inference import Predictor
from slu.registry import Registry
from slu.settings import Settings


def run_bench(settings: Settings, out: Path, tell: Callable[[str], None]) -> list[Measurement]:
    """Measure everything that can be measured in this project and write it to `out`.

    Args:
        settings: where models and corpus are.
        out: JSON file.
        tell: told what is being measured, and what is left out and why.
    """
    measurements: list[Measurement] = []
    for name, part in _parts(settings):
        tell(f"measuring {name} …")
        try:
            measurements += part()
        except SLUError as error:
            tell(f"left out: {error}")
    write_json(
        out,
        {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "measurements": [asdict(m) for m in measurements],
        },
    )
    return measurements


def _parts(settings: Settings) -> Iterator[tuple[str, Callable[[], list[Measurement]]]]:
    registry = Registry(settings.project_root, settings.registry_dir)
    configs = settings.project_root / "configs"
    features_path = settings.data_dir / "processed" / "metadata_features.csv"

    def predict_with(version: str, duration_s: float, most_ms: float) -> list[Measurement]:
        return bench_prediction(Predictor.load(registry, version), duration_s, most_ms)

    def train_epoch(model: str) -> list[Measurement]:
        model_config = load_config(MODEL_CONFIG, configs / f"model_{model}.yaml")
        train_config = load_config(TrainConfig, configs / "train.yaml")
        return bench_epoch(features_path, model_config, train_config)

    yield "features", bench_features
    yield "prediction with M1", partial(predict_with, "m1_best", 2.0, 5.0)
    yield "prediction with M2", partial(predict_with, "m2_best", 2.0, 5.0)
    yield "prediction with M3", partial(predict_with, "m3_best", 2.5, 10.0)
    yield "cold start", partial(bench_cold_start, settings)
    yield "the API under load, some minutes", partial(bench_api, settings)
    yield "a training epoch of M1", partial(train_epoch, "m1")
    yield "a training epoch of M2", partial(train_epoch, "m2")
