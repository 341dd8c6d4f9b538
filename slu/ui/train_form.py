"""The settings of a new run: a few controls, or every value as text."""

from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from pydantic import TypeAdapter
from streamlit.delta_generator import DeltaGenerator

from slu.config import MODEL_CONFIG, TrainConfig
from slu.config.draft import read_draft
from slu.config.model import ModelConfig
from slu.config.presets import Size, resized, strengthened
from slu.config.yaml_text import format_yaml
from slu.errors import ConfigError, ModelError
from slu.runs import (
    Start,
    TrainingRun,
    check_run_name,
    suggest_run_name,
)
from slu.settings import Settings
from slu.ui.language import mark, tr
from slu.ui.sentences import told, translated
from slu.ui.start_choice import choose_start

C = TypeVar("C")

_LEARNING_RATES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2)
_BATCH_SIZES = (8, 16, 32, 64, 128, 256)
_STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25)
_YAML_HEIGHT = 420
_SIZES = {
    Size.SMALL: mark("Small"),
    Size.STANDARD: mark("Standard"),
    Size.LARGE: mark("Large"),
}


@dataclass(frozen=True)
class NewRun:
    """What a person chose."""

    name: str
    start: Start


def choose_new_run(settings: Settings, runs: list[TrainingRun]) -> NewRun | None:
    """Controls for a new run; none while something is wrong, which is then shown in words."""
    name, start = choose_start(
        settings, runs, "train", tr("Where the settings below come from."), _choose_name
    )
    chosen = _choose_settings(start)
    return NewRun(name, chosen) if name and chosen else None


def _choose_name(settings: Settings, model: str) -> str | None:
    suggested = suggest_run_name(settings, model)
    name = st.text_input(
        tr("Name of the run"), suggested, key=f"train name {suggested}",
        help=tr("The model will have this name. Letters, digits, dots, dashes and underscores."),
    )  # fmt: skip
    try:
        check_run_name(settings, name)
    except ModelError as error:
        st.error(told(error), icon=":material/error:")
        return None
    return name


def _choose_settings(start: Start) -> Start | None:
    controls = st.container(border=True)
    as_text = st.toggle(
        tr("Edit every setting as text (YAML)"), key="train as text", persist_state="session",
        help=tr("The text begins with what the controls say, and then takes their place."),
    )  # fmt: skip
    with controls:
        chosen = _controls(start, is_off=as_text)
    return _written(chosen) if as_text else chosen


def _controls(start: Start, is_off: bool) -> Start:
    """The settings that matter most; they begin with those of `start`, also when these change."""
    key = f"{start.model.fingerprint()} {start.train.fingerprint()}"
    shared: dict[str, Any] = {"disabled": is_off, "persist_state": "session"}
    left, middle, right = st.columns(3)
    with left:
        model = _sized(start.model, key, shared)
    train = _scheduled(start.train, middle, right, key, shared)
    left, middle, right = st.columns(3)
    train = _paced(train, left, middle, key, shared)
    with right:
        model = _dropout(model, key, shared)
    return start._replace(model=model, train=_augmented(train, key, shared))


def _sized(model: ModelConfig, key: str, shared: dict[str, Any]) -> ModelConfig:
    size = st.segmented_control(
        tr("Size"), list(Size), default=Size.STANDARD, required=True,
        format_func=lambda size: tr(_SIZES[size]), key=f"train size {key}",
        help=tr("Larger models learn more and take longer."), **shared,
    )  # fmt: skip
    return resized(model, size)


def _scheduled(
    train: TrainConfig,
    left: DeltaGenerator,
    right: DeltaGenerator,
    key: str,
    shared: dict[str, Any],
) -> TrainConfig:
    epochs = left.number_input(
        tr("Epochs"), 1, 10_000, train.epochs, key=f"train epochs {key}",
        help=tr(
            "How often it goes through all clips. Training ends early when {patience} epochs bring "
            "nothing better.", patience=train.patience,
        ), **shared,
    )  # fmt: skip
    seed = right.number_input(
        tr("Seed"), 0, 2**32 - 1, train.seed, key=f"train seed {key}",
        help=tr("Where chance begins: the same seed and settings give the same model."), **shared,
    )  # fmt: skip
    return train.model_copy(update={"epochs": epochs, "seed": seed})


def _paced(
    train: TrainConfig,
    left: DeltaGenerator,
    right: DeltaGenerator,
    key: str,
    shared: dict[str, Any],
) -> TrainConfig:
    learning_rate = left.select_slider(
        tr("Learning rate"), sorted({*_LEARNING_RATES, train.learning_rate}), train.learning_rate,
        format_func=lambda rate: f"{rate:g}", key=f"train rate {key}",
        help=tr("How fast it learns: too high and it learns nothing, too low and it takes long."),
        **shared,
    )  # fmt: skip
    batch_size = right.select_slider(
        tr("Batch size"), sorted({*_BATCH_SIZES, train.batch_size}), train.batch_size,
        key=f"train batch {key}", help=tr("Clips that it learns from at once."), **shared,
    )  # fmt: skip
    return train.model_copy(update={"learning_rate": learning_rate, "batch_size": batch_size})


def _dropout(model: ModelConfig, key: str, shared: dict[str, Any]) -> ModelConfig:
    standard = getattr(model, "dropout", None)
    if standard is None:
        return model
    dropout = st.slider(
        tr("Dropout"), 0.0, max(0.6, standard), standard, 0.05, key=f"train dropout {key}",
        help=tr("Share of the model that pauses in each step, so that it learns less by heart."),
        **shared,
    )  # fmt: skip
    return model.model_copy(update={"dropout": dropout})


def _augmented(train: TrainConfig, key: str, shared: dict[str, Any]) -> TrainConfig:
    left, right = st.columns([1, 2], vertical_alignment="center")
    is_on = left.toggle(
        tr("Alter the clips (augmentation)"), train.augment.enable, key=f"train augment {key}",
        help=tr(
            "Each clip sounds a little different every time: noise, rooms, speed. It is what "
            "makes the model understand people it never heard."
        ), **shared,
    )  # fmt: skip
    shared = shared | {"disabled": shared["disabled"] or not is_on}
    strength = right.select_slider(
        tr("How often clips are altered (100% is as in the settings)"), _STRENGTHS, 1.0,
        format_func=lambda share: f"{share:.0%}", key=f"train strength {key}", **shared,
    )  # fmt: skip
    return strengthened(train, strength if is_on else 0.0)


def _written(start: Start) -> Start | None:
    """Both configurations to be edited; none while they have problems, which are shown."""
    left, right = st.columns(2)
    model_name, train_name = tr("The model"), tr("The training")
    when_checked = tr("Checked when you click elsewhere or press Ctrl+Enter.")
    model_values = {"name": start.model.name} | start.model.model_dump(mode="json")
    train_values = start.train.model_dump(mode="json", exclude={"run_name"})
    model_text = left.text_area(
        model_name, format_yaml(model_values), _YAML_HEIGHT, help=when_checked,
        key=f"train model text {start.model.fingerprint()}", persist_state="session",
    )  # fmt: skip
    train_text = right.text_area(
        train_name, format_yaml(train_values), _YAML_HEIGHT, help=when_checked,
        key=f"train text {start.train.fingerprint()}", persist_state="session",
    )  # fmt: skip
    problems: list[str] = []
    model = _read(MODEL_CONFIG, model_text, model_name, problems)
    train = _read(TrainConfig, train_text, train_name, problems)
    if model is None or train is None:
        st.error("\n".join(f"- {problem}" for problem in problems), icon=":material/error:")
        return None
    return start._replace(model=model, train=train)


def _read(kind: type[C] | TypeAdapter[C], text: str, source: str, problems: list[str]) -> C | None:
    try:
        return read_draft(kind, text)
    except ConfigError as error:
        problems += [f"{source}, {line}" for line in translated(str(error)).splitlines()]
        return None
