"""Requests to look at on the Monitor page."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from slu.monitoring.inference_log import InferenceLog, InferenceRecord
from slu.settings import Settings
from slu.workflows import training_reference

NOW = datetime.now(UTC)


def log_requests(
    root: Path, count: int = 300, seed: int = 1, **changes: Any
) -> list[InferenceRecord]:
    """Log requests like the training set of the model in use, one a minute up to now.

    Args:
        root: of a project with the shipped models.
        count: of requests.
        seed: of what is drawn; part of the requests' ids.
        **changes: what all of them have otherwise.
    """
    settings = Settings(project_root=root)
    reference = training_reference(settings)
    assert reference is not None
    rng = np.random.default_rng(seed)
    drawn = {name: rng.choice(part.quantiles, count) for name, part in reference.numeric.items()}
    labels = {slot: _draw(part.counts, count, rng) for slot, part in reference.slots.items()}
    log, records = InferenceLog(settings.inference_log), []
    for number in range(count):
        values: dict[str, Any] = {
            "ts": (NOW - timedelta(minutes=count - number)).isoformat(timespec="milliseconds"),
            "request_id": f"{seed}-{number}",
            "source": "api" if number % 3 else "upload",
            "status": "ok",
            "latency_ms": 10.0,
            "prediction": {slot: of[number] for slot, of in labels.items()},
            "model_version": "m1_best",
            **{name: float(of[number]) for name, of in drawn.items()},
        }
        records.append(InferenceRecord(**{**values, **changes}))
        assert log.append(records[-1])
    return records


def _draw(counts: Mapping[str, int], n: int, rng: np.random.Generator) -> list[str]:
    shares = np.array(list(counts.values())) / sum(counts.values())
    return [str(label) for label in rng.choice(list(counts), n, p=shares)]
