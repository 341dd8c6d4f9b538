from pathlib import Path
from typing import Any

import pytest

from slu.config import (
    MODEL_CONFIG,
    DataConfig,
    PreprocessConfig,
    TrainConfig,
    load_config,
    load_configs,
    parse_overrides,
    save_config,
)
from slu.errors import ConfigError


@pytest.fixture
def train_yaml(tmp_path: Path) -> Path:
    return write(tmp_path / "train.yaml", "epochs: 3\naugment:\n  noise: {snr_db: [5, 20]}\n")


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding)
    return path


def load_train(path: Path, overrides: dict[str, Any] | None = None) -> TrainConfig:
    config: TrainConfig = load_config(TrainConfig, path, overrides)
    return config


def test_what_a_file_leaves_out_has_its_default(train_yaml: Path) -> None:
    config = load_train(train_yaml)
    assert config.epochs == 3
    assert config.augment.noise.snr_db == (5.0, 20.0)
    assert config.augment.noise.slope == TrainConfig().augment.noise.slope
    assert config.batch_size == TrainConfig().batch_size


def test_an_empty_file_holds_the_defaults(tmp_path: Path) -> None:
    assert load_train(write(tmp_path / "train.yaml", "# nothing yet\n")) == TrainConfig()


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    assert load_train(write(tmp_path / "train.yaml", "epochs: 4\n", "utf-8-sig")).epochs == 4


def test_the_key_name_chooses_the_model(tmp_path: Path) -> None:
    config = load_config(MODEL_CONFIG, write(tmp_path / "model.yaml", "name: m2\nstack: 8\n"))
    assert config.name == "m2"
    assert config.time_reduction == 8


def test_overrides_go_over_the_file(train_yaml: Path) -> None:
    config = load_train(
        train_yaml,
        {"epochs": 9, "augment.noise.probability": 0.25, "augment.level.gain_db": [-3, 3]},
    )
    assert config.epochs == 9
    assert config.augment.noise.probability == 0.25
    assert config.augment.noise.snr_db == (5.0, 20.0)
    assert config.augment.level.gain_db == (-3.0, 3.0)


def test_an_override_replaces_a_whole_section(train_yaml: Path) -> None:
    config = load_train(train_yaml, {"augment.noise": {"probability": 0.5}})
    assert config.augment.noise.snr_db == TrainConfig().augment.noise.snr_db


def test_an_override_of_an_unknown_key_is_refused(train_yaml: Path) -> None:
    with pytest.raises(ConfigError, match=r"train\.yaml: augment\.noice = .*: unknown key"):
        load_train(train_yaml, {"augment.noice.probability": 0.5})


def test_all_problems_of_all_files_come_in_one_message(tmp_path: Path) -> None:
    train = write(tmp_path / "train.yaml", "device: gpu\nepoch: 3\naugment: {noise: {slope: 1}}\n")
    model = write(tmp_path / "model.yaml", "name: m1\nchannels: [1, 0, 2]\n")
    data = tmp_path / "data.yaml"
    with pytest.raises(ConfigError) as caught:
        load_configs([(TrainConfig, train, {}), (MODEL_CONFIG, model, {}), (DataConfig, data, {})])
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{train}: device = 'gpu': must be 'auto', 'cpu' or 'cuda'"
    assert lines[1] == f"{train}: augment.noise.slope = 1: must be a list, as in [a, b]"
    assert lines[2].startswith(f"{train}: epoch = 3: unknown key; allowed here: run_name, epochs,")
    assert lines[3] == (
        f"{model}: channels.1 = 0: must be a whole number, at least 1 and at most 1024"
    )
    assert lines[4:] == [f"{data}: there is no such file; check the path"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"epochs: 3\nseed: [1\n", "is not valid YAML in line 3: expected ',' or ']'"),
        (b"epochs: 3\nseed: 1\nepochs: 4\n", "in line 3: the key 'epochs' is given twice"),
        (b"epochs: \x003\n", "is not valid YAML: special characters are not allowed"),
        (b"epochs: 3\n\xff\xfe\n", "is not text in UTF-8; save it as such"),
        (b"- epochs\n", "must hold `key: value` lines, not a list or a single value"),
        (b"just text\n", "must hold `key: value` lines"),
        (b"!!python/object:os.system {}\n", "is not valid YAML in line 1: could not determine"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "train.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_train(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\); check the path"):
        load_train(tmp_path)


def test_a_saved_configuration_loads_as_the_same(tmp_path: Path) -> None:
    data = DataConfig(label_words={"quantity": {"no": "0", "010": "ten", "1e3": "~", "é: #": ""}})
    save_config(data, tmp_path / "data.yaml")
    assert load_config(DataConfig, tmp_path / "data.yaml") == data
    preprocess = PreprocessConfig(sample_rate=8000, front_end={"f_max_hz": 4000.0})
    save_config(preprocess, tmp_path / "new" / "preprocess.yaml")
    assert load_config(PreprocessConfig, tmp_path / "new" / "preprocess.yaml") == preprocess


def test_settings_are_sorted_by_section_and_read_as_yaml() -> None:
    settings = [
        "train.epochs=5",
        "train.learning_rate=1e-3",
        "train.augment.noise.snr_db=[0, 20]",
        "train.run_name=a=b",
        "train.class_weights=false",
        "model.name = m2",
        "train.device=",
    ]
    assert parse_overrides(settings, ["train", "model"]) == {
        "train": {
            "epochs": 5,
            "learning_rate": 0.001,
            "augment.noise.snr_db": [0, 20],
            "run_name": "a=b",
            "class_weights": False,
            "device": None,
        },
        "model": {"name": "m2"},
    }


def test_the_last_setting_of_a_key_counts() -> None:
    assert parse_overrides(["a.x=1", "a.x=2"], ["a"]) == {"a": {"x": 2}}


def test_all_malformed_settings_come_in_one_message() -> None:
    settings = ["train", "epochs=3", "train.=3", "train..epochs=3", "data.seed=1", "train.epochs=3"]
    with pytest.raises(ConfigError) as caught:
        parse_overrides(settings, ["train", "model"])
    assert str(caught.value).splitlines() == [
        "--set train: write it as section.key=value",
        "--set epochs=3: write it as section.key=value",
        "--set train.=3: write it as section.key=value",
        "--set train..epochs=3: write it as section.key=value",
        "--set data.seed=1: the section must be one of train, model",
    ]
