import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.errors import DataError
from slu.files import write_json
from slu.monitoring.reference import (
    CHUNK_SIZES,
    NumericReference,
    Reference,
    SlotReference,
    build_reference,
    load_reference,
)


def test_bins_are_of_equal_content(reference: Reference) -> None:
    level = reference.numeric["mel_mean"]
    assert level.rows == 1500
    assert level.shares == pytest.approx([0.1] * 10, abs=0.01)
    assert sorted(level.quantiles) == list(level.quantiles)
    assert level.mean == pytest.approx(-40, abs=1)


def test_the_reference_does_not_differ_from_itself(reference: Reference) -> None:
    level, product = reference.numeric["mel_mean"], reference.slots["product"]
    near = level.compare(np.asarray(level.quantiles))
    assert near["ks"] == 0
    assert near["psi"] == pytest.approx(0, abs=1e-3)
    own = product.compare_counts(np.array([*product.counts.values(), 0]))
    assert own == {"psi": 0, "chi2": 0, "js": 0}


def test_what_was_never_seen_has_a_bin_of_its_own() -> None:
    slot = SlotReference(counts={"kopi": 50, "teh": 50})
    known, unseen = (
        slot.compare(np.array(["kopi", "teh"])),
        slot.compare(np.array(["susu", "roti"])),
    )
    assert known["psi"] == 0
    assert unseen["js"] == 1
    assert unseen["psi"] > 5


def test_values_beyond_the_reference_fall_into_the_outer_bins() -> None:
    level = NumericReference.freeze(np.arange(100.0))
    assert level.compare(np.full(50, 1e9))["ks"] == 1
    assert np.isfinite(level.compare(np.full(50, -1e9))["psi"])


def test_larger_chunks_must_lie_closer(reference: Reference) -> None:
    spread = reference.numeric["snr_db"].spread["ks"]
    thresholds = [spread.threshold(size, deviations=5) for size in CHUNK_SIZES]
    assert thresholds == sorted(thresholds, reverse=True)
    assert spread.threshold(10**6, 5) == thresholds[-1]
    assert thresholds[1] > spread.threshold(350, 5) > thresholds[2]


def test_same_seed_same_reference(sample_requests: Callable[..., pd.DataFrame]) -> None:
    table = sample_requests(np.random.default_rng(3), 120)[["mel_mean", "product"]]
    first, again = (build_reference(table, ["product"], seed=5) for _ in range(2))
    assert first == again
    assert first != build_reference(table, ["product"], seed=6)


def test_it_goes_through_a_file(
    tmp_path: Path, sample_requests: Callable[..., pd.DataFrame]
) -> None:
    table = sample_requests(np.random.default_rng(4), 50)[["snr_db", "quantity"]]
    content = build_reference(table, ["quantity"])
    write_json(tmp_path / "reference.json", content)
    loaded = load_reference(tmp_path / "reference.json")
    assert loaded == Reference.model_validate(content)
    assert json.loads(loaded.model_dump_json()) == content
    assert loaded.mean_confidence is None


def test_missing_and_constant_values_are_taken() -> None:
    table = pd.DataFrame(
        {"mel_mean": [np.nan] * 20, "snr_db": [3.0] * 19 + [np.inf], "product": ["teh"] * 20}
    )
    built = Reference.model_validate(build_reference(table, ["product"]))
    assert set(built.numeric) == {"snr_db"}
    assert built.numeric["snr_db"].rows == 19
    assert built.numeric["snr_db"].compare(np.full(10, 3.0))["ks"] == 0
    assert built.slots["product"].counts == {"teh": 20}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"product": []}), "needs training utterances"),
        (pd.DataFrame({"product": ["teh"]}), "missing: quantity"),
    ],
)
def test_too_little_is_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        build_reference(table, ["product", "quantity"])


def test_a_missing_or_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    with pytest.raises(DataError, match="is missing; train"):
        load_reference(path)
    path.write_text('{"numeric": 3}', "utf-8")
    with pytest.raises(DataError, match="is damaged"):
        load_reference(path)
