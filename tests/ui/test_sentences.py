"""Sentences of errors and of jobs, known again and told in another language."""

import string
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from docs.translation import po_path
from slu.audio.types import Waveform
from slu.config import TrainConfig, check_config
from slu.errors import ConfigError
from slu.inference import Predictor
from slu.jobs.output import why_it_ended
from slu.registry import Registry
from slu.ui import sentences
from slu.ui.sentences import as_sentence, told, translated
from tests.ui.driving import run, texts
from tests.ui.harness import ROOT

with po_path("id", "errors").open("rb") as file:
    SHAPES = {str(message.id): str(message.string) for message in read_po(file) if message.id}
_NOISE = np.random.default_rng(0).normal(0, 0.1, 16000 * 40).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def _indonesian() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sentences, "language", lambda: "id")
        yield


@pytest.fixture
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences, "language", lambda: "en")


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A language of its own, in which what is put in here is known."""
    known: dict[str, str] = {}

    def ordered(code: str) -> list[sentences._Shape]:
        return sentences._ordered(known.items())

    monkeypatch.setattr(sentences, "language", lambda: "xx")
    monkeypatch.setattr(sentences, "_shapes", ordered)
    sentences._whole.cache_clear()
    return known


def fields(shape: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(shape) if name]


class TestShape:
    def test_gives_its_translation(self) -> None:
        text = "there is a set 'desa' already; choose another name"
        assert translated(text) == "sudah ada kumpulan 'desa'; pilih nama lain"

    @pytest.mark.parametrize("shape", SHAPES)
    def test_is_known_again(self, shape: str) -> None:
        values = {name: f"{name}-{index}" for index, name in enumerate(fields(shape))}
        assert translated(shape.format(**values)) == SHAPES[shape].format(**values)

    @given(data=st.data())
    def test_keeps_every_value(self, data: st.DataObject) -> None:
        shape = data.draw(st.sampled_from(sorted(SHAPES)))
        word = st.text("abcxyz0189_-./é", min_size=1, max_size=9)
        values = {name: data.draw(word) for name in fields(shape)}
        found = translated(shape.format(**values))
        assert all(value in found for value in values.values())

    def test_with_most_of_its_own_wins(self, shapes: dict[str, str]) -> None:
        shapes["{path} is damaged"] = "{path}, kurz"
        shapes["{path} is damaged; mend {what}"] = "{path}, lang, {what}"
        shapes["{path} is {state}"] = "{path}: {state}"
        assert translated("a is damaged; mend b") == "a, lang, b"
        assert translated("a is damaged") == "a, kurz"
        assert translated("a is gone") == "a: gone"

    def test_may_hold_others(self) -> None:
        text = "version v2 lacks its file model.onnx (No such file or directory); restore it"
        assert translated(text) == (
            "versi v2 kehilangan berkas model.onnx (berkas atau folder tidak ada); "
            "kembalikan berkas itu"
        )

    def test_may_have_braces_and_signs_of_patterns(self, shapes: dict[str, str]) -> None:
        shapes["write {{{name}}} or (a|b)?"] = "{{{name}}} schreiben, (a|b)?"
        assert translated("write {slot} or (a|b)?") == "{slot} schreiben, (a|b)?"

    def test_may_have_empty_values(self, shapes: dict[str, str]) -> None:
        shapes["it holds [{what}]"] = "darin [{what}]"
        assert translated("it holds []") == "darin []"


class TestParts:
    def test_behind_a_place(self) -> None:
        text = "configs/train.yaml: epochs = 0: must be a whole number, at least 1 and at most 9"
        assert translated(text) == (
            "configs/train.yaml: epochs = 0: harus bilangan bulat, paling sedikit 1 dan paling "
            "banyak 9"
        )

    def test_before_words_of_others(self) -> None:
        assert translated("line 3: something strange") == "baris 3: something strange"

    def test_one_behind_the_other(self) -> None:
        text = "no template names slot 'a'; no template names slot 'b'"
        one, other = translated(text).split("; ")
        assert one.replace("'a'", "'b'") == other != "no template names slot 'b'"

    def test_in_lines(self) -> None:
        text = "seed: must be text; put it in quotes\nno such words\n"
        shown = "seed: harus berupa teks; tulis di antara tanda kutip\nno such words\n"
        assert translated(text) == shown


@pytest.mark.parametrize("text", ["", "no such sentence", "a: b; c and d", "'{x}' (%s) \\1"])
def test_what_is_unknown_stays(text: str) -> None:
    assert translated(text) == text


@pytest.mark.parametrize("part", ["line 3: ", "stopped; ", "at least 1 and ", "x is damaged; "])
def test_long_lines_are_no_trouble(part: str) -> None:
    for n_times in (1000 // len(part), 1000):
        assert translated(part * n_times + "x").endswith("x")


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize("shape", ["stopped", "training was stopped; continue it with --resume"])
def test_english_stays(shape: str) -> None:
    assert translated(shape) == shape


def test_errors_are_told_with_a_capital() -> None:
    assert told(ConfigError("must be true or false")) == "Harus true atau false."
    assert told("m1 is in use now.") == "m1 sekarang dipakai."


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("no model is in use yet", "No model is in use yet."),
        ("silence: nothing was heard.", "Silence: nothing was heard."),
        ("latest.json is damaged", "latest.json is damaged."),
        ("data/raw has no rows", "data/raw has no rows."),
        ("m1_best was altered", "m1_best was altered."),
        ("epochs: too few\nseed: missing", "epochs: too few\nseed: missing"),
        ("", ""),
    ],
)
def test_messages_become_sentences(message: str, shown: str) -> None:
    assert as_sentence(message) == shown


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(Registry(ROOT, ROOT / "artifacts/registry"), "m1_best")


class TestRealOnes:
    """They are made by the code that says them, so that a shape cannot be missed."""

    @pytest.mark.parametrize(
        ("waveform", "begin"),
        [
            pytest.param(np.zeros(16000, np.float32), "sunyi: ", id="silence"),
            pytest.param(_NOISE[:16], "terlalu pendek: ", id="too short"),
            pytest.param(_NOISE, "terlalu panjang: ", id="too long"),
            pytest.param(_NOISE[:32000], "tidak dimengerti: ", id="not understood"),
        ],
    )
    def test_why_there_is_no_answer(
        self, predictor: Predictor, waveform: Waveform, begin: str
    ) -> None:
        reason = predictor.predict(waveform).rejected
        assert reason
        assert translated(reason).startswith(begin)

    @pytest.mark.parametrize(
        ("values", "shown"),
        [
            ({"epochs": 0}, "epochs = 0: harus bilangan bulat, paling sedikit 1"),
            ({"device": "tpu"}, "device = 'tpu': harus 'auto', 'cpu' atau 'cuda'"),
            ({"nothing": 1}, "nothing = 1: kunci tidak dikenal; yang boleh di sini: "),
        ],
    )
    def test_what_is_wrong_with_a_setting(self, values: dict[str, object], shown: str) -> None:
        with pytest.raises(ConfigError) as caught:
            check_config(TrainConfig, values)
        assert translated(str(caught.value)).startswith(shown)

    @pytest.mark.parametrize(("code", "shown"), [(3, "berakhir dengan"), (-9, "dihentikan dari")])
    def test_why_a_job_ended(self, code: int, shown: str) -> None:
        assert translated(why_it_ended(code)).startswith(shown)


def test_a_page_tells_an_error_in_its_language(project: Path) -> None:
    (project / "artifacts/registry/latest.json").write_text("{")
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.session_state["language"] = "id"
    run(app)
    app.switch_page(str(ROOT / "pages/7_Predict.py"))
    run(app)
    assert "latest.json rusak; kembalikan berkas itu, atau pakai versi lain." in texts(app)
