"""The command line: every command of the design, exit codes, errors in one line."""

import json
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
import yaml

from slu.audio.wav import write_wav
from slu.cli import main
from slu.settings import get_settings
from tests.tones import SAMPLE_RATE, tone

ROOT = Path(__file__).parents[1]
COMMANDS = (
    *("synth", "ingest", "eda", "preprocess", "train", "evaluate", "hparam-search", "promote"),
    *("rollback", "models", "predict", "export", "serve", "monitor-report", "alerts"),
    *("bench", "app", "set-threshold", "adapt"),
)


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


class Slu(Protocol):
    """Runs a command as it would be typed."""

    def __call__(self, line: str) -> Outcome: ...


@pytest.fixture
def slu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Slu]:
    """Commands in a project of their own, in this process: starting others takes seconds each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    get_settings.cache_clear()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    level = logging.getLogger().level
    torch.set_num_threads(1)

    def run(line: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["slu", *line.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        code = ended.value.code
        return Outcome(int(code or 0), shown.out, shown.err)

    yield run
    get_settings.cache_clear()
    logging.getLogger().setLevel(level)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def ok(outcome: Outcome) -> str:
    """What a command that must succeed printed."""
    assert outcome.code == 0, outcome.err
    return outcome.out


def write_shop(path: Path) -> None:
    """A catalogue that is spoken in seconds."""
    catalogue = {
        "language": "id",
        "utterances": 72,
        "templates": ["catat {quantity} {product}"],
        "slots": {
            "product": {"beras": ["beras"], "kopi": ["kopi"]},
            "quantity": {"1": ["satu"], "2": ["dua"]},
        },
        "voices": {"accents": ["id"], "variants": ["m1", "m3", "m7", "f1", "f2", "f5"]},
        "splits": {"train": 0.5, "val": 0.25, "test": 0.25},
    }
    path.write_text(yaml.safe_dump(catalogue))


def write_sizes(configs: Path) -> None:
    """Models and trainings that end in seconds; every other value stays as it is shipped."""
    for name, changes in {
        "model_m1": {
            "d_model": 16, "n_heads": 2, "n_layers": 1, "feed_forward": 16,
            "channels": [4, 6],
        },
        "train": {"epochs": 6, "batch_size": 16, "workers": 0},
        "tune": {"startup_trials": 1, "warmup_epochs": 1, "space": {
            "train.learning_rate": {"kind": "float", "low": 0.001, "high": 0.01, "log": True},
            "model.dropout": {"kind": "float", "low": 0.0, "high": 0.2},
        }},
    }.items():  # fmt: skip
        path = configs / f"{name}.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | changes))


@pytest.mark.slow
def test_from_a_catalogue_to_a_model_in_use(slu: Slu, tmp_path: Path) -> None:
    """The command lines of the design, one after another."""
    write_shop(tmp_path / "configs" / "corpus.yaml")
    write_sizes(tmp_path / "configs")
    features = "--metadata-features data/processed/metadata_features.csv"
    cfgs = "--model-cfg configs/model_m1.yaml --train-cfg configs/train.yaml"

    assert "72 clips" in ok(slu("synth --config configs/corpus.yaml --out data/raw/warung"))
    assert "72 recordings" in ok(slu("ingest --config configs/data.yaml"))
    assert "6 speakers" in ok(
        slu("eda --metadata data/processed/metadata.csv --output-dir artifacts/eda")
    )
    assert "72 recordings have features (72 new)" in ok(
        slu("preprocess --metadata data/processed/metadata.csv --config configs/preprocess.yaml")
    )
    assert "(0 new)" in ok(slu("preprocess"))

    trained = ok(slu(f"train {cfgs} {features} --set train.run_name=first"))
    assert "first: all slots right on" in trained
    assert "It is in use now." in trained
    check_evaluation(slu, tmp_path, f"{cfgs} {features}")
    check_labelled_table(slu, tmp_path)

    searched = ok(
        slu(
            "hparam-search --study-name slu-optuna-m1 --storage sqlite:///optuna.db --n-trials 2 "
            f"{cfgs} {features} --train-best"
        )
    )
    assert "2 of 2 trials are done" in searched
    second = check_best(tmp_path, searched)

    assert f"{second} is in use now." in ok(slu(f"promote {second}"))
    listed = ok(slu("models"))
    assert [line for line in listed.splitlines() if "in use" in line and second in line]
    assert "first is in use again." in ok(slu("rollback"))

    assert "first-t0.900: " in ok(slu("set-threshold first 0.9"))
    assert "first-t0.900 is in use now." in ok(slu("promote first-t0.900"))
    assert "first is in use again." in ok(slu("rollback"))

    check_predictions(slu, tmp_path)
    check_exports(slu, tmp_path)
    check_monitoring(slu, tmp_path)


def check_evaluation(slu: Slu, root: Path, options: str) -> None:
    shown = ok(
        slu(
            f"evaluate --registry artifacts/registry/first.json {options} "
            "--metrics-path out/metrics.json --confusion-product out/product.png "
            "--confusion-quantity out/quantity.png --report-path out/report.txt"
        )
    )
    assert "all slots right" in shown
    metrics = json.loads((root / "out" / "metrics.json").read_text())
    assert metrics["version"] == "first"
    assert metrics["split"] == "test"
    assert metrics["utterances"] > 0
    assert {path.name for path in (root / "out").iterdir()} == {
        *("metrics.json", "product.png", "quantity.png", "report.txt"),
    }


def check_labelled_table(slu: Slu, root: Path) -> None:
    """Any table, its columns under other names, its labels as words."""
    clips = sorted((root / "data" / "raw" / "warung" / "wav").iterdir())[:3]
    table = pd.DataFrame(
        {
            "file_audio": [f"..\\data\\raw\\warung\\wav\\{clip.name}" for clip in clips],
            "produk": ["Beras", "kopi", "beras"],
            "jumlah": ["satu", "2.0", "dua"],
        }
    )
    (root / "mine").mkdir()
    table.to_csv(root / "mine" / "some.csv", index=False, encoding="utf-8-sig")

    ok(slu("evaluate --metadata mine/some.csv --model first --output-dir out/mine"))

    predictions = pd.read_csv(root / "out" / "mine" / "predictions.csv", dtype=str)
    assert {
        *("path", "accepted"),
        *("product", "product_predicted", "product_confidence"),
        *("quantity", "quantity_predicted", "quantity_confidence"),
    } <= set(predictions)
    assert predictions["product"].tolist() == ["beras", "kopi", "beras"]
    assert predictions["quantity"].tolist() == ["1", "2", "2"]
    assert predictions["accepted"].isin(["True", "False"]).all()


def check_best(root: Path, searched: str) -> str:
    """The version that the best settings gave."""
    best = json.loads((root / "artifacts" / "m1" / "optuna_best.json").read_text())["best_trial"]
    train = yaml.safe_load((root / "configs" / "train_m1_best.yaml").read_text())
    model = yaml.safe_load((root / "configs" / "model_m1_best.yaml").read_text())
    assert train["learning_rate"] == pytest.approx(best["settings"]["train.learning_rate"])
    assert model["dropout"] == pytest.approx(best["settings"]["model.dropout"])
    version = next(line for line in searched.splitlines() if "Next: slu promote" in line).split()[
        -1
    ]
    entry = json.loads((root / "artifacts" / "registry" / f"{version}.json").read_text())
    assert entry["train_cfg"] == train
    assert entry["model_cfg"] == model
    return str(version)


def check_predictions(slu: Slu, root: Path) -> None:
    clip = next((root / "data" / "raw" / "warung" / "wav").iterdir()).relative_to(root)
    silence = root / "silence.wav"
    write_wav(silence, np.zeros(16000, np.float32), 16000)

    assert f"{clip}: " in ok(slu(f"predict {clip}"))
    lines = ok(slu(f"predict --json --model first {clip} {silence}")).splitlines()
    answer, rejected = (json.loads(line) for line in lines)
    assert answer["file"] == str(clip)
    assert set(answer["prediction"]) == set(answer["confidence"]) == {"product", "quantity"}
    assert answer["model_version"] == "first"
    assert rejected["status"] == "rejected"
    assert rejected["rejected"].startswith("silence")


def check_exports(slu: Slu, root: Path) -> None:
    for name, suffix in (("onnx", ".onnx"), ("int8", "-int8.onnx"), ("zip", ".zip")):
        ok(slu(f"export --format {name}"))
        assert (root / "artifacts" / "exports" / f"first{suffix}").stat().st_size > 1000
    graph = root / "artifacts" / "exports" / "first-int8.onnx"
    onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])


def check_monitoring(slu: Slu, root: Path) -> None:
    shown = ok(
        slu(
            "monitor-report --log logs/inference.log --output-dir artifacts/monitoring "
            "--max-classes 20"
        )
    )
    summary = json.loads((root / "artifacts" / "monitoring" / "summary.json").read_text())
    assert summary["rows"] == 3
    assert shown.startswith("3 requests, ")
    assert {"mean_latency_ms", "p95_latency_ms", "mean_confidence"} <= set(summary)
    assert (root / "artifacts" / "monitoring" / "report.html").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(slu: Slu, command: str) -> None:
    text = ok(slu(f"{command} --help"))

    assert f"Usage: slu {command}" in text
    assert "--help" in text


def test_the_commands_are_those_of_the_design(slu: Slu) -> None:
    text = ok(slu("--help"))

    assert all(f"│ {command} " in text for command in COMMANDS)


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("nonsense", 2, "No such command 'nonsense'"),
        ("train --nonsense", 2, "No such option: --nonsense"),
        ("predict", 2, "Missing argument"),
        ("promote", 2, "Missing argument"),
        ("export --format doc", 2, "'onnx', 'int8', 'zip'"),
        ("evaluate --split some", 2, "'train', 'val', 'test', 'all'"),
        ("evaluate --model a --registry b.json", 2, "--registry or --model, not both"),
        ("hparam-search --n-trials 0", 2, "Invalid value for '--n-trials'"),
        ("synth --config none.yaml", 2, "slu: none.yaml: there is no such file; check the path"),
        ("train --set learning_rate=1", 2, "slu: --set learning_rate=1: "),
        ("train --set train.learning_rate=fast", 2, "learning_rate = 'fast'"),
        ("train --set train.nonsense=1", 2, "nonsense = 1: unknown key"),
        ("ingest", 1, "slu: no table matches data/raw/*/metadata.csv; make one with `slu synth`"),
        ("eda", 1, "slu: data/processed/metadata.csv: there is no such table"),
        ("preprocess", 1, "slu: data/processed/metadata.csv: there is no such table"),
        ("train", 1, "slu: data/processed/metadata_features.csv: there is no such table"),
        ("train --resume", 1, "slu: there is no unfinished run of m1; start one without --resume"),
        ("hparam-search", 1, "slu: data/processed/metadata_features.csv: there is no such table"),
        ("evaluate", 1, "slu: no model is in use yet; train one and promote it"),
        ("predict a.wav", 1, "slu: no model is in use yet; train one and promote it"),
        ("promote m1", 1, "slu: there is no model version 'm1'; known: none yet"),
        ("set-threshold m1 high", 2, "should be a valid number"),
        ("set-threshold m1 0.5", 1, "slu: there is no model version 'm1'; known: none yet"),
        ("bench rejection", 1, "slu: no model is in use yet; train one and promote it"),
        ("rollback", 1, "slu: no earlier version was in use; nothing to go back to"),
        ("export", 1, "slu: no model is in use yet; train one and promote it"),
        ("monitor-report", 1, "slu: logs/inference.log holds no request yet"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(slu: Slu, line: str, code: int, says: str) -> None:
    outcome = slu(line)

    assert outcome.code == code
    assert says in outcome.err
    if says.startswith("slu: "):
        assert outcome.err.count("\n") == 1
        assert outcome.out == ""


def test_all_problems_are_told_at_once(slu: Slu) -> None:
    outcome = slu("train --set train.epochs=0 --set model.d_model=7")

    assert outcome.code == 2
    assert "epochs" in outcome.err
    assert "d_model" in outcome.err


def test_without_versions_the_list_is_empty(slu: Slu) -> None:
    assert "version" in ok(slu("models"))


@pytest.mark.slow
def test_one_unusable_recording_does_not_hide_the_others(
    slu: Slu, trained_root: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained_root / "artifacts", tmp_path / "artifacts")
    (tmp_path / "text.wav").write_text("no sound")
    write_wav(tmp_path / "order.wav", tone("kopi", "2", np.random.default_rng(0)), SAMPLE_RATE)

    outcome = slu("predict missing.wav text.wav order.wav")

    assert outcome.code == 1
    assert outcome.out.startswith("order.wav: 2 x kopi, ")
    assert [line.split(":")[0] for line in outcome.err.splitlines()] == ["missing.wav", "text.wav"]


@pytest.mark.slow
def test_a_version_of_other_sizes_is_refused(slu: Slu, trained_root: Path, tmp_path: Path) -> None:
    shutil.copytree(trained_root / "artifacts", tmp_path / "artifacts")

    outcome = slu("evaluate --model tones --model-cfg configs/model_m1.yaml")

    assert outcome.code == 1
    assert outcome.err.startswith("slu: tones was made with other sizes than configs/model_m1.yaml")


def test_an_error_of_the_disk_is_one_line(slu: Slu, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")

    outcome = slu("synth --set corpus.utterances=3")

    assert outcome.code == 1
    assert outcome.err.splitlines()[-1].startswith("slu: ")
    assert "Traceback" not in outcome.err


def test_ctrl_c_is_one_line(slu: Slu, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("slu.workflows.explore", interrupted)

    assert slu("eda") == Outcome(1, "", "slu: stopped\n")


def test_a_stopped_search_says_how_to_go_on(slu: Slu, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Report:
        trials: tuple[()] = ()
        best: None = None

    def search(*_: object, should_stop: Callable[[], bool], **__: object) -> Report:
        os.kill(os.getpid(), signal.SIGTERM)
        assert should_stop()
        return Report()

    monkeypatch.setattr("slu.workflows.tune", search)

    outcome = slu("hparam-search --n-trials 3 --train-best")

    assert outcome == Outcome(
        1,
        "0 of 3 trials are done, 0 of them pruned.\n",
        "slu: the search was stopped; the same command goes on with it\n",
    )
