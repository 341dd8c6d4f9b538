"""Commands that use a model and watch it."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from slu import workflows
from slu.cli.console import VersionOption, notes, output, progress_bar
from slu.config import load_config
from slu.config.monitor import MonitorConfig
from slu.errors import AudioError
from slu.exporting import ExportFormat
from slu.inference import Prediction
from slu.service import PredictionService
from slu.settings import get_settings

use_commands = typer.Typer()

_HOME = Path(__file__).resolve().parents[2] / "Home.py"


@use_commands.command()
def predict(
    files: Annotated[
        list[Path], typer.Argument(help="Recordings: wav, mp3, flac, ogg, webm, m4a.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    model: VersionOption = None,
) -> None:
    """Understand recordings."""
    service = PredictionService(get_settings(), version=model)
    failed = False
    for file in files:
        try:
            prediction = service.predict(file, "cli").prediction
        except AudioError as error:
            failed = True
            _print_failure(file, str(error), as_json)
        else:
            _print_prediction(file, prediction, as_json)
    if failed:
        raise typer.Exit(1)


@use_commands.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the API: /predict, /health, /docs, /metrics and a small page at /."""
    # This process becomes the server: the doors do not import each other.
    command = [sys.executable, "-m", "slu.api", host, str(port), str(workers)]
    os.execv(sys.executable, command)


@use_commands.command(name="monitor-report")
def monitor_report(
    log: Annotated[Path, typer.Option(help="Inference log.")] = Path("logs/inference.log"),
    output_dir: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(
        "artifacts/monitoring"
    ),
    max_classes: Annotated[int, typer.Option(min=1, help="Labels shown for each slot.")] = 20,
    config: Annotated[Path, typer.Option(help="What drift is, and what raises an alert.")] = Path(
        "configs/monitor.yaml"
    ),
) -> None:
    """Describe an inference log: histograms, class counts, drift, alerts, an HTML page."""
    summary = workflows.monitor_report(
        log, output_dir, max_classes, load_config(MonitorConfig, config), get_settings()
    )
    output.print(
        f"{summary['rows']} requests, {summary['mean_latency_ms']:.1f} ms on average "
        f"(p95 {summary['p95_latency_ms']:.1f} ms); see {output_dir / 'report.html'}"
    )
    for alert in summary["alerts"]:
        notes.print(f"{alert['severity']}: {alert['message']}")


@use_commands.command()
def alerts(
    config: Annotated[
        Path | None, typer.Option(help="The rules. Default: the project's configs/monitor.yaml.")
    ] = None,
) -> None:
    """Hold the alert rules against the newest requests; tell Prometheus and the webhook."""
    settings = get_settings()
    rules = load_config(MonitorConfig, config) if config else workflows.monitor_config(settings)
    found = workflows.check_alerts(settings, rules)
    for alert in found:
        output.print(f"{alert.severity}: {alert.message}")
    if not found:
        output.print("Nothing is wrong.")


@use_commands.command()
def export(
    export_format: Annotated[
        ExportFormat,
        typer.Option("--format", help="onnx: the graph; int8: a smaller one; zip: all to run it."),
    ] = ExportFormat.ONNX,
    model: VersionOption = None,
    out: Annotated[Path | None, typer.Option(help="File to write.")] = None,
) -> None:
    """Write a model as a file for use elsewhere. 8-bit weights must understand as well."""
    with progress_bar("Measuring 8-bit weights") as progress:
        export = workflows.export_model(get_settings(), model, export_format, out, progress)
    output.print("; ".join((f"written: {export.path}", *export.notes)))


@use_commands.command()
def app(
    port: Annotated[int, typer.Option(help="Port of the app.")] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "localhost",
) -> None:
    """Start the app in the browser."""
    command = [sys.executable, "-m", "streamlit", "run", str(_HOME)]
    options = ["--server.port", str(port), "--server.address", host]
    raise typer.Exit(subprocess.run([*command, *options], check=False).returncode)


def _print_prediction(file: Path, prediction: Prediction, as_json: bool) -> None:
    if as_json:
        output.print(json.dumps({"file": str(file), **_as_json(prediction)}, ensure_ascii=False))
    elif prediction.rejected:
        output.print(f"{file}: {prediction.rejected}")
    else:
        output.print(f"{file}: {prediction.sentence}")


def _print_failure(file: Path, reason: str, as_json: bool) -> None:
    if as_json:
        failure = {"file": str(file), "status": "error", "error": reason}
        output.print(json.dumps(failure, ensure_ascii=False))
    else:
        notes.print(f"{file}: {reason}")


def _as_json(prediction: Prediction) -> dict[str, object]:
    return {
        "status": "rejected" if prediction.rejected else "ok",
        "rejected": prediction.rejected,
        "prediction": prediction.labels,
        "confidence": prediction.confidences,
        "probabilities": {slot: a.probabilities for slot, a in prediction.slots.items()},
        "joint_confidence": prediction.joint_confidence,
        "latency_ms": round(prediction.latency_ms, 3),
        **asdict(prediction.statistics),
        "model_version": prediction.model_version,
    }
