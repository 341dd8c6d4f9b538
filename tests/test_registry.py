"""Model versions: which exist, which is in use, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from slu import files
from slu.errors import RegistryError
from slu.registry import Registry, RegistryEntry, sha256_of

FILES = ("best_model.pt", "model.onnx", "config.json")
AddVersion = Callable[..., RegistryEntry]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path, tmp_path / "artifacts" / "registry")


@pytest.fixture
def add(registry: Registry) -> AddVersion:
    """A function that makes a version with files of its own."""

    def make(version: str, **changes: object) -> RegistryEntry:
        folder = registry.project_root / "artifacts" / version
        folder.mkdir(parents=True)
        for name in FILES:
            (folder / name).write_text(f"{name} of {version}")
        paths = [registry.relative(folder / name) for name in FILES]
        values = {
            "version": version,
            "model_path": paths[0],
            "onnx_path": paths[1],
            "config_path": paths[2],
            "sha256": {path: sha256_of(registry.resolve(path)) for path in paths},
            "data_cfg": {},
            "preprocess_cfg": {},
            "model_cfg": {"name": "m1"},
            "train_cfg": {},
            "metrics": {},
            "artifacts": {},
            "created_at": "2026-01-01T00:00:00+00:00",
            "git_commit": None,
            "data_fingerprint": "0123",
            "parent": None,
        }
        entry = RegistryEntry.model_validate(values | changes)
        registry.add(entry)
        return entry

    return make


def test_an_entry_is_one_json_file(registry: Registry, add: AddVersion) -> None:
    entry = add("m1-a")

    content = json.loads(registry.path_of("m1-a").read_text())
    assert set(content) >= {
        *("version", "model_path", "onnx_path", "sha256", "config_path", "data_cfg"),
        *("preprocess_cfg", "train_cfg", "label_map_product", "label_map_quantity", "metrics"),
        *("artifacts", "created_at", "git_commit", "data_fingerprint", "parent"),
    }
    assert registry.get("m1-a") == entry
    assert registry.read(registry.path_of("m1-a")) == entry


def test_versions_come_newest_first(registry: Registry, add: AddVersion) -> None:
    for version, day in (("a", 2), ("b", 3), ("c", 1)):
        add(version, created_at=f"2026-01-0{day}T00:00:00+00:00")
    registry.promote("c")

    assert [entry.version for entry in registry.versions()] == ["b", "a", "c"]


def test_a_version_is_never_overwritten(registry: Registry, add: AddVersion) -> None:
    entry = add("a")
    with pytest.raises(RegistryError, match=r"a exists already; choose another train\.run_name"):
        registry.add(entry)


@pytest.mark.parametrize("name", ["latest", "registry"])
def test_names_with_another_meaning_are_refused(registry: Registry, name: str) -> None:
    with pytest.raises(RegistryError, match="choose another"):
        registry.check_new(name)


def test_before_a_promotion_nothing_is_in_use(registry: Registry, add: AddVersion) -> None:
    add("a")
    assert registry.latest_version() is None
    with pytest.raises(RegistryError, match="no model is in use yet; train one and promote it"):
        registry.get()
    with pytest.raises(RegistryError, match="nothing to go back to"):
        registry.rollback()


def test_a_promoted_version_is_in_use(registry: Registry, add: AddVersion) -> None:
    entry = add("a")

    assert registry.promote("a") == entry
    assert registry.get() == entry
    assert registry.latest_version() == "a"
    latest = json.loads(registry.path_of("latest").read_text())
    assert latest["version"] == "a"
    assert latest["sha256"] == entry.sha256


def test_rolling_back_goes_back_step_by_step(registry: Registry, add: AddVersion) -> None:
    for version in "abc":
        add(version)
        registry.promote(version)

    assert [registry.rollback().version for _ in range(2)] == ["b", "a"]
    assert registry.latest_version() == "a"
    with pytest.raises(RegistryError, match="nothing to go back to"):
        registry.rollback()


def test_where_a_rollback_would_lead_is_known(registry: Registry, add: AddVersion) -> None:
    assert registry.previous_version() is None
    for version in "abc":
        add(version)
        registry.promote(version)

    assert registry.previous_version() == "b"
    registry.rollback()
    assert registry.previous_version() == "a"


def test_the_settings_of_a_version_are_read(registry: Registry, add: AddVersion) -> None:
    entry = add("a")
    registry.resolve(entry.config_path).write_text('{"rejection_threshold": 0.4}')
    assert registry.config(entry) == {"rejection_threshold": 0.4}

    for damaged in ("{", "3"):
        registry.resolve(entry.config_path).write_text(damaged)
        with pytest.raises(RegistryError, match="a has an unusable configuration"):
            registry.config(entry)


def test_a_version_promoted_again_counts_once(registry: Registry, add: AddVersion) -> None:
    for version in "ab":
        add(version)
    for version in ("a", "b", "b", "a"):
        registry.promote(version)

    assert registry.rollback().version == "b"
    with pytest.raises(RegistryError, match="nothing to go back to"):
        registry.rollback()


def test_rolling_back_to_an_altered_version_is_refused(registry: Registry, add: AddVersion) -> None:
    for version in "ab":
        add(version)
        registry.promote(version)
    registry.resolve("artifacts/a/model.onnx").write_text("other")

    with pytest.raises(RegistryError, match="a is refused"):
        registry.rollback()
    assert registry.latest_version() == "b"


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_refused(registry: Registry, add: AddVersion, name: str) -> None:
    add("a")
    with registry.resolve(f"artifacts/a/{name}").open("a") as file:
        file.write(" ")

    with pytest.raises(RegistryError, match=rf"a is refused: artifacts/a/{name} was altered"):
        registry.promote("a")
    assert registry.latest_version() is None


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(registry: Registry, add: AddVersion, name: str) -> None:
    add("a")
    registry.resolve(f"artifacts/a/{name}").unlink()

    with pytest.raises(RegistryError, match=rf"lacks its file artifacts/a/{name} .*; restore it"):
        registry.promote("a")


@pytest.mark.parametrize("path", ["../../outside.onnx", "/etc/hostname", "artifacts/../../x"])
def test_a_file_outside_the_project_is_refused(
    registry: Registry, add: AddVersion, path: str
) -> None:
    add("a", onnx_path=path, sha256={path: "0", "artifacts/a/config.json": "0"})

    with pytest.raises(RegistryError, match="outside the project"):
        registry.promote("a")


def test_a_link_out_of_the_project_is_refused(
    registry: Registry, add: AddVersion, tmp_path_factory: pytest.TempPathFactory
) -> None:
    add("a")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "model.onnx"
    elsewhere.write_text("model.onnx of a")
    path = registry.project_root / "artifacts/a/model.onnx"
    path.unlink()
    path.symlink_to(elsewhere)

    with pytest.raises(RegistryError, match="outside the project"):
        registry.promote("a")


@pytest.mark.parametrize("needed", ["onnx_path", "config_path"])
def test_what_a_prediction_needs_must_have_a_hash(
    registry: Registry, add: AddVersion, needed: str
) -> None:
    entry = add("a")
    hashes = {k: v for k, v in entry.sha256.items() if k != getattr(entry, needed)}

    with pytest.raises(RegistryError, match="has no hash for"):
        registry.verify(entry.model_copy(update={"sha256": hashes}))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "a"}', "\x00"])
def test_a_damaged_entry_is_refused(registry: Registry, add: AddVersion, content: str) -> None:
    add("a")
    registry.path_of("a").write_text(content)

    with pytest.raises(RegistryError, match="damaged; restore it"):
        registry.promote("a")


def test_a_damaged_entry_does_not_hide_the_others(
    registry: Registry, add: AddVersion, caplog: pytest.LogCaptureFixture
) -> None:
    add("a")
    add("b")
    registry.path_of("a").write_text("{")

    assert [entry.version for entry in registry.versions()] == ["b"]
    assert "a.json is damaged" in caplog.text


def test_an_entry_under_another_name_is_refused(registry: Registry, add: AddVersion) -> None:
    add("a")
    registry.path_of("a").rename(registry.path_of("b"))

    with pytest.raises(RegistryError, match="describes a"):
        registry.promote("b")


@pytest.mark.parametrize("version", ["", "..", "../a", "a/../a", "latest", "nobody", "x" * 300])
def test_an_unknown_version_names_the_known_ones(
    registry: Registry, add: AddVersion, version: str
) -> None:
    add("a")
    with pytest.raises(RegistryError, match=r"there is no model version .* known: a$"):
        registry.get(version)


def test_without_versions_none_is_known(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="known: none yet"):
        registry.get("a")
    with pytest.raises(RegistryError, match="no such registry entry"):
        registry.read(registry.path_of("a"))


def test_promoting_mends_a_damaged_latest(registry: Registry, add: AddVersion) -> None:
    add("a")
    add("b")
    registry.promote("a")
    registry.path_of("latest").write_text("{")
    with pytest.raises(RegistryError, match=r"latest\.json is damaged"):
        registry.get()

    registry.promote("b")

    assert registry.latest_version() == "b"


def test_a_crash_while_promoting_leaves_the_old_version_in_use(
    registry: Registry, add: AddVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("a")
    add("b")
    registry.promote("a")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(files.Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            registry.promote("b")

    assert registry.latest_version() == "a"
    assert {path.name for path in registry.folder.iterdir()} == {"a.json", "b.json", "latest.json"}
