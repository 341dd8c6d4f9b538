"""The pages in another language: everything is translated, and nothing is left out of it."""

import ast
import gettext
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from docs.translation import GATHERED, ROOT, as_mo, as_po, po_path, sources, translated
from slu.ui import language
from tests.ui.driving import run, texts

HOME = str(ROOT / "Home.py")
LANGUAGES = [*language.LANGUAGES][1:]
# What of Streamlit's calls is read by people: the first argument of these, and these names.
SHOWN_FIRST = {
    "badge", "button", "caption", "checkbox", "download_button", "error", "expander",
    "file_uploader", "form_submit_button", "header", "info", "link_button", "markdown", "metric",
    "multiselect", "number_input", "popover", "radio", "segmented_control", "select_slider",
    "selectbox", "slider", "spinner", "status", "subheader", "success", "text_area", "text_input",
    "title", "toast", "toggle", "warning", "write", "audio_input", "pills", "open_page",
}  # fmt: skip
# They keep what an error says for those that show it.
KEEPING_ERRORS = {"catalogue_state.py", "hearing.py"}
# Names of slots and of settings, and how the page looks.
DATA = re.compile("Product|Quantity|`[a-z_.0-9]+`|<style>.*", re.DOTALL)
SHOWN_NAMES = {"label", "help", "placeholder", "title", "text"}


@pytest.fixture(scope="module")
def gathered() -> dict[str, Catalog]:
    return {domain: gather() for domain, gather in GATHERED.items()}


@pytest.fixture
def texts_now(gathered: dict[str, Catalog]) -> Catalog:
    """Those of the pages."""
    return gathered["slu"]


@pytest.fixture(params=LANGUAGES)
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=GATHERED)
def domain(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def messages(code: str, domain: str) -> list[Message]:
    with po_path(code, domain).open("rb") as file:
        return [message for message in read_po(file) if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else [*text]


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


class TestCatalogue:
    def test_holds_what_is_said_and_nothing_else(
        self, code: str, domain: str, gathered: dict[str, Catalog]
    ) -> None:
        wanted = as_po(translated(code, gathered[domain]))
        assert po_path(code, domain).read_bytes() == wanted, "run `make texts`"

    def test_is_compiled(self, code: str, domain: str, gathered: dict[str, Catalog]) -> None:
        compiled = po_path(code, domain).with_suffix(".mo").read_bytes()
        assert compiled == as_mo(translated(code, gathered[domain])), "run `make texts`"

    def test_translates_every_text(self, code: str, domain: str) -> None:
        empty = [text.id for text in messages(code, domain) if not all(forms(text.string))]
        assert empty == []

    def test_keeps_what_is_put_into_a_text(self, code: str, domain: str) -> None:
        for message in messages(code, domain):
            wanted = fields(forms(message.id)[-1])
            assert all(fields(text) == wanted for text in forms(message.string)), message.id

    def test_keeps_marks_and_margins(self, code: str, domain: str) -> None:
        for message in messages(code, domain):
            one, other = forms(message.id)[-1], forms(message.string)[0]
            for mark in ("**", "`", "\n\n", ":material/"):
                assert one.count(mark) == other.count(mark), message.id
            assert (one[0].isspace(), one[-1].isspace()) == (
                other[0].isspace(),
                other[-1].isspace(),
            )


def shown(call: ast.Call) -> Iterator[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in SHOWN_FIRST and call.args:
        yield call.args[0]
    if name in SHOWN_FIRST or name == "page_link":
        yield from (word.value for word in call.keywords if word.arg in SHOWN_NAMES)


def words(text: ast.expr) -> Iterator[str]:
    """What is written in a text as it stands in the source, but for single letters."""
    for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
        if isinstance(part, ast.Constant) and re.search("[A-Za-z]{2}", str(part.value)):
            yield str(part.value)


def bare_words(path: Path) -> Iterator[str]:
    """Texts that are shown as they stand in the source."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call):
            for text in shown(call):
                yield from (f"line {text.lineno}: {word}" for word in words(text))


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_no_text_is_shown_untranslated(path: Path) -> None:
    assert [*bare_words(path)] == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_every_text_is_gathered(path: Path, texts_now: Catalog) -> None:
    """Babel does not look into f-strings, for one."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"tr", "trn", "mark"}:
            text = call.args[0]
            if isinstance(text, ast.Constant):
                assert texts_now.get(text.value), f"line {text.lineno}: {text.value}"
            else:
                assert not isinstance(text, ast.JoinedStr), f"line {text.lineno}"


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_no_error_is_shown_untranslated(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    translating = [call for call in calls if getattr(call.func, "id", "") == "translated"]
    inside = {node for call in translating for node in ast.walk(call)}
    bare = [call for call in calls if ast.unparse(call) == "str(error)" and call not in inside]
    assert path.name in KEEPING_ERRORS or [call.lineno for call in bare] == []


class Foreign(gettext.NullTranslations):
    """A language in which every text is known by its marks."""

    def gettext(self, message: str) -> str:
        return f"‹{message}›"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"‹{msgid1 if n == 1 else msgid2}›"


def read_on(app: AppTest) -> Iterator[str]:
    """What people read on a page, but for what can be chosen and what was typed."""
    displays = {"markdown", "alert", "heading", "title", "caption", "metric", "error", "exception"}
    for element in app._tree:
        drawn = getattr(element, "proto", None)
        yield from (getattr(drawn, name, "") for name in ("label", "help", "placeholder"))
        if element.type in displays:
            yield str(element.value)


@pytest.mark.parametrize("page", sources()[:9], ids=lambda page: page.stem)
def test_a_page_says_nothing_else(
    page: Path, demo_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda code: Foreign())
    app = run(AppTest.from_file(HOME, default_timeout=60))
    if page.stem != "Home":
        app.switch_page(str(page))
        run(app)
    bare = [text for text in read_on(app) if re.search("[A-Za-z]{3}", text) and "‹" not in text]
    assert [text for text in bare if not DATA.fullmatch(text)] == []


class TestSwitch:
    def test_begins_in_english(self, empty_project: Path) -> None:
        app = run(AppTest.from_file(HOME, default_timeout=60))
        assert "There is no data yet" in texts(app)

    def test_turns_the_whole_page(
        self, empty_project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = run(AppTest.from_file(HOME, default_timeout=60))
        english = texts(app)
        app.session_state["language"] = "id"
        run(app)
        assert not {*english.splitlines()} & {*texts(app).splitlines()}

    def test_is_kept_on_other_pages(self, empty_project: Path) -> None:
        app = AppTest.from_file(HOME, default_timeout=60)
        app.session_state["language"] = "id"
        run(app)
        app.switch_page(str(ROOT / "pages/1_Data.py"))
        run(app)
        assert app.title[0].value == language._catalogue("id").gettext("Data")
        assert app.session_state["language"] == "id"


class TestText:
    def test_without_a_translation_stays_as_it_is(self) -> None:
        assert isinstance(language._catalogue("xx"), gettext.NullTranslations)
        assert language.tr("no such text, {braces} and all") == "no such text, {braces} and all"

    def test_takes_values(self) -> None:
        assert language.tr("no such {thing}", thing="text") == "no such text"

    def test_counts(self) -> None:
        one, many = "no such {n} clip", "no such {n:,} clips of {whom}"
        assert language.trn(one, many, 1, whom="Siti") == "no such 1 clip"
        assert language.trn(one, many, 2000, whom="Siti") == "no such 2,000 clips of Siti"
