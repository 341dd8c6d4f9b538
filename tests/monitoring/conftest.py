from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from slu.monitoring.inference_log import InferenceLog, InferenceRecord
from slu.monitoring.reference import Reference, build_reference

START = datetime(2025, 6, 1, tzinfo=UTC)
SLOTS = ("product", "quantity")


@pytest.fixture
def make_record() -> Callable[..., InferenceRecord]:
    """An answered request `number` seconds after the start; anything may be given otherwise."""

    def make(number: int = 0, **changes: Any) -> InferenceRecord:
        values: dict[str, Any] = {
            "ts": (START + timedelta(seconds=number)).isoformat(timespec="milliseconds"),
            "request_id": f"request-{number}",
            "source": "api",
            "status": "ok",
            "latency_ms": 10.0,
            "audio_duration": 2.0,
            "mel_mean": -40.0,
            "mel_std": 12.0,
            "frames": 200,
            "snr_db": 25.0,
            "prediction": {"product": "teh", "quantity": "2"},
            "confidence": {"product": 0.9, "quantity": 0.8},
            "joint_confidence": 0.72,
            "model_version": "m1",
        }
        return InferenceRecord(**{**values, **changes})

    return make


@pytest.fixture
def write_log(tmp_path: Path) -> Callable[..., Path]:
    """Write records to a log and return its path."""

    def write(*records: InferenceRecord) -> Path:
        log = InferenceLog(tmp_path / "logs" / "inference.log")
        assert all(log.append(record) for record in records)
        return log.path

    return write


@pytest.fixture(scope="session")
def sample_requests() -> Callable[..., pd.DataFrame]:
    """Requests drawn from one distribution, or from one that is shifted against it."""

    def sample(
        rng: np.random.Generator,
        rows: int,
        level_db: float = 0,
        snr_db: float = 0,
        tea: float = 0.1,
    ) -> pd.DataFrame:
        shares = [tea, *[(1 - tea) / 9] * 9]
        return pd.DataFrame(
            {
                "ts": pd.date_range(START, periods=rows, freq="s"),
                "audio_duration": rng.gamma(8.0, 0.2, rows).round(2),
                "mel_mean": rng.normal(-40.0 + level_db, 6.0, rows),
                "mel_std": rng.normal(12.0, 2.0, rows),
                "snr_db": rng.normal(25.0 + snr_db, 6.0, rows),
                "joint_confidence": rng.beta(9.0, 1.0, rows),
                "product": rng.choice(["teh", *"abcdefghi"], rows, p=shares),
                "quantity": rng.choice(list("12345"), rows),
            }
        )

    return sample


@pytest.fixture(scope="session")
def reference(sample_requests: Callable[..., pd.DataFrame]) -> Reference:
    table = sample_requests(np.random.default_rng(1), 1500)
    return Reference.model_validate(build_reference(table, SLOTS))
