"""The web page of an exported zip, opened as a file in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from slu.audio.features import log_mel
from slu.audio.framing import frame_utterance
from slu.config import FramingConfig, LogMelConfig, PreprocessConfig
from slu.exporting.front_end import portable_front_end
from slu.exporting.web import find_web_runtime, model_script
from slu.inference import Predictor
from slu.registry import Registry
from tests.exporting.conftest import ORDERS, SAMPLE_RATE, Unpack
from tests.ui.harness import ROOT, WAIT_MS, Browse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find_web_runtime(ROOT) is None, reason="needs npm's onnxruntime-web: make web-runtime"
    ),
]
VERSIONS = ("m1_best", "m3_best")


@contextmanager
def opened(folder: Path, browse: Browse, heard: bytes) -> Iterator[Page]:
    """The page as it is after a double click, once it is ready; no request may leave it."""
    with browse(heard) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto((folder / "index.html").as_uri())
        expect(page.locator("#model")).to_have_text(f"Model {folder.name.removeprefix('export-')}")
        yield page
        assert all(url.startswith(("file:", "blob:", "data:")) for url in asked)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_and_the_microphone_are_understood(
    version: str,
    unpack: Unpack,
    spoken: list[Path],
    browse: Browse,
) -> None:
    with opened(unpack(version), browse, spoken[0].read_bytes()) as page:
        page.set_input_files("#file", spoken[1])
        expect(page.locator("#sentence")).to_contain_text("5 x gula")
        meter = page.get_by_role("meter", name="gula")
        assert int(meter.get_attribute("aria-valuenow") or 0) > 50

        page.get_by_role("button", name="Record").click()
        # The microphone plays the order once, then a pause as long as the order.
        order_ms = 1000 * spoken[0].stat().st_size / 2 / SAMPLE_RATE
        page.wait_for_timeout(order_ms + 300)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#sentence")).to_contain_text("3 x beras")


@pytest.mark.parametrize("version", VERSIONS)
def test_features_and_answers_are_ours(
    version: str,
    unpack: Unpack,
    spoken: list[Path],
    browse: Browse,
) -> None:
    predictor = Predictor.load(Registry(ROOT, ROOT / "artifacts" / "registry"), version)
    with opened(unpack(version), browse, spoken[0].read_bytes()) as page:
        for path, order in zip(spoken, ORDERS, strict=True):
            waveform = predictor.decode(path)
            found = page.evaluate(
                """async (samples) => {
                    const waveform = Float32Array.from(samples);
                    const features = await recogniser.features(waveform);
                    const { order, confidence } = await recogniser.predict(waveform);
                    const data = Array.from(features.data);
                    return { features: data, dims: features.dims, order, confidence };
                }""",
                waveform.tolist(),
            )
            features = np.reshape(found["features"], found["dims"])
            np.testing.assert_allclose(features, predictor._front_end(waveform), atol=1e-3)
            answer = predictor.predict(waveform)
            assert found["order"] == answer.labels == order
            assert found["confidence"] == pytest.approx(answer.joint_confidence, abs=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n_fft": 400, "win_length": 400, "n_mels": 40, "f_max_hz": 4000},
        {"n_fft": 1024, "win_length": 640, "hop_length": 320, "power_floor": 1e-10},
        {"n_fft": 250, "win_length": 199, "hop_length": 77, "n_mels": 12},
    ],
    ids=["default", "not a power of two", "low floor", "odd"],
)
def test_levels_are_ours_whatever_the_settings(
    settings: dict[str, Any],
    spoken: list[Path],
    browse: Browse,
) -> None:
    config = PreprocessConfig(
        framing=FramingConfig(trim_db=30.0), front_end=LogMelConfig.model_validate(settings)
    )
    portable = portable_front_end(config)
    waveform = np.random.default_rng(0).normal(0, 0.05, 9000).astype(np.float32)
    waveform *= np.hanning(waveform.size).astype(np.float32)
    framed = frame_utterance(waveform, config.sample_rate, config.framing)
    expected = log_mel(framed, config.sample_rate, config.front_end).T

    script = ROOT / "slu" / "exporting" / "static" / "recogniser.js"
    with browse(spoken[0].read_bytes()) as page:
        page.set_default_timeout(WAIT_MS)
        page.add_script_tag(content=model_script(portable.settings, portable.arrays, {}))
        page.add_script_tag(content=script.read_text("utf-8"))
        found = page.evaluate(
            """(samples) => {
                const recogniser = new Recogniser(MODEL, undefined, {});
                const rows = recogniser.levels(Float32Array.from(samples));
                return rows.map((row) => Array.from(row));
            }""",
            waveform.tolist(),
        )

    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_what_cannot_be_understood_is_explained(
    unpack: Unpack,
    spoken: list[Path],
    browse: Browse,
    tmp_path: Path,
) -> None:
    (tmp_path / "no.wav").write_bytes(b"no sound")
    with opened(unpack("m1_best"), browse, spoken[0].read_bytes()) as page:
        page.set_input_files("#file", tmp_path / "no.wav")
        expect(page.get_by_role("alert")).to_contain_text("not a sound file")
        expect(page.locator("#answer")).to_be_hidden()
        page.evaluate("byId('message').textContent = recogniser.problem(new Float32Array(16000))")
        expect(page.get_by_role("alert")).to_contain_text("Nothing was heard")
