"""The model card: what a version is, how it was made, how good it is and where it ends."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slu.registry import RegistryEntry

CARD_NAME = "MODEL_CARD.md"

_TEMPLATE = """# Model card: {version}

{what} on {front_end} features. It hears one short order and gives {slots}.

## How it was made

- Made on {created_at}, from commit {commit}, seed {seed}.
- Training data: fingerprint `{fingerprint}`, from {sources}.
- Model: `{model}`.
- Trained for {epochs} epochs ({seconds:.0f} s of training steps on the machine that made it).
{taught}- Temperatures fitted on augmented validation clips: {temperatures}.
- Answers with a joint confidence below {threshold:.3f} are rejected; {chosen}.
- All settings are in `config.json`, the curves in `history.jsonl`.

## Scores

Value and 95 % confidence interval (Wilson's, over clips), through the path that users get:
decoding, features, ONNX Runtime.

{scores}

`all slots right` and the slots are about orders. `wrongly rejected` are orders without an answer;
`wrongly answered` is everything else (other sentences, broken orders, noise) that got one.

| split | source | clips | calibration error |
| --- | --- | --- | --- |
{calibration}

## Limits

- {caution}
- It knows these labels and no others: {labels}. Other words should be rejected, but some will be
  taken for an order.
- One order at a time, up to {max_duration_s:g} s. `confusion_*.png` and
  `classification_report.txt` show which labels are confused.
"""

_NAMES = {
    "m1": "CNN and Transformer (M1)",
    "m2": "Tiny Transformer (M2)",
    "m3": "Pretrained speech embeddings and tiny Transformer (M3)",
}
_SYNTHETIC = (
    "The scores above are on synthetic voices, which are easy: clean, and spoken by the same "
    "engine as the training clips (in other voices). Real people in real rooms are understood "
    "less well; record some and run `slu evaluate --metadata` to know how well."
)
_MIXED = (
    "The scores hold for voices, rooms and microphones like those of the test clips; others are "
    "understood less well."
)


def format_card(entry: RegistryEntry, folder: Path, *, synthetic: bool) -> str:
    """The card as Markdown.

    Args:
        entry: the version.
        folder: of the run, for `config.json` and `history.jsonl`.
        synthetic: whether all test clips are synthetic.
    """
    config = json.loads((folder / "config.json").read_text("utf-8"))
    history = (folder / "history.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in history]
    slots = list(config["labels"])
    return _TEMPLATE.format(
        version=entry.version,
        what=_NAMES[entry.model_cfg["name"]],
        front_end=_format_front_end(config["preprocess"]["front_end"]),
        slots=" and ".join(f"`{slot}`" for slot in slots),
        created_at=entry.created_at,
        commit=f"`{entry.git_commit[:12]}`" if entry.git_commit else "(none)",
        seed=config["seed"],
        fingerprint=entry.data_fingerprint,
        sources=", ".join(f"`{source}`" for source in entry.data_cfg["sources"]),
        model=json.dumps(entry.model_cfg),
        epochs=len(records),
        seconds=sum(record["seconds"] for record in records),
        taught=_format_teaching(config.get("adaptation")),
        temperatures=", ".join(f"{t:.2f}" for t in config["temperatures"]),
        threshold=config["rejection_threshold"],
        chosen=_how_chosen(config),
        scores=_format_scores(entry.metrics, slots),
        calibration=_format_sources(entry.metrics),
        caution=_SYNTHETIC if synthetic else _MIXED,
        labels="; ".join(f"{slot}: {', '.join(names)}" for slot, names in config["labels"].items()),
        max_duration_s=config["preprocess"]["max_duration_s"],
    )


def _format_front_end(front_end: Mapping[str, Any]) -> str:
    """Name and, where there is a pretrained network in it, which one, and what stands beside it."""
    network = f" (`{front_end['network']}`)" if "network" in front_end else ""
    loudness = " and loudness" if front_end.get("loudness") else ""
    return f"`{front_end['name']}`{network}{loudness}"


def _how_chosen(config: Mapping[str, Any]) -> str:
    if "made_from" in config:
        return f"this was chosen by hand, for a version that is otherwise {config['made_from']}"
    rate = config["train"]["false_accept_rate"]
    return (
        f"chosen so that at most {rate:.1%} of the augmented validation clips that are no orders "
        "(if there were any) are answered"
    )


def _format_teaching(adaptation: Mapping[str, Any] | None) -> str:
    """What the version was taught, as a line of the list; nothing for one trained from scratch."""
    if adaptation is None:
        return ""
    return (
        f"- Taught by {adaptation['recordings']} recordings of people and replay of the corpus, "
        f"from version `{adaptation['base']}`, in {adaptation['settings']['steps']} steps, counted "
        f"as one epoch. {len(adaptation['held_back'])} further recordings were held back.\n"
    )


def _format_scores(metrics: Mapping[str, Any], slots: list[str]) -> str:
    columns = ["split", "clips", "all slots right", *slots]
    columns += ["wrongly rejected", "not orders", "wrongly answered"]
    rows = [
        [
            split,
            str(scores["utterances"]),
            _interval(scores["joint_accuracy"]),
            *(_interval(scores["slots"][slot]["accuracy"]) for slot in slots),
            _interval(scores["false_reject"]),
            str(scores["not_orders"]),
            _interval(scores["false_accept"]) if scores["false_accept"] else "",
        ]
        for split, scores in metrics.items()
    ]
    return "\n".join(_row(cells) for cells in [columns, ["---"] * len(columns), *rows])


def _format_sources(metrics: Mapping[str, Any]) -> str:
    return "\n".join(
        _row([split, source, str(of["utterances"]), f"{of['calibration_error']:.3f}"])
        for split, scores in metrics.items()
        for source, of in scores["sources"].items()
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(score: Mapping[str, float]) -> str:
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
