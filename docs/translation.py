"""Gather the texts of the pages and the sentences of errors into the catalogues of each language.

Run with `python -m docs.translation`, or `make texts`; then translate what is still empty in
`slu/ui/locale/*/LC_MESSAGES/*.po`, and run it again: it compiles what is there.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from docs.sentences import ROOT, sentences
from slu.config import Config, M1Config, M2Config, M3Config, PreprocessConfig, TrainConfig
from slu.files import replacing
from slu.monitoring.alerts import MESSAGES
from slu.ui.config_form import section_kinds
from slu.ui.controls import label, notes, summary
from slu.ui.language import LANGUAGES, LOCALE_DIR

# The same texts make the same file on every day.
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
KEYWORDS = {"tr": None, "trn": (1, 2), "mark": None}
# What has controls, or is told of a model or a study.
SETTINGS = (PreprocessConfig, TrainConfig, M1Config, M2Config, M3Config)


def sources() -> list[Path]:
    """The modules whose texts people read in the browser."""
    return sorted(
        [ROOT / "Home.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "slu/ui").glob("*.py")]
    )


def page_texts() -> Catalog:
    """Every text of the pages, with the files that it is in."""
    catalog = Catalog(domain="slu", project="SLU Studio", fuzzy=False)
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            catalog.add(message, locations=[(name, 0)])
    for text in sorted({text for section in SETTINGS for text in _of_settings(section)}):
        catalog.add(text, locations=[("slu/config", 0)])
    for text in MESSAGES.values():
        catalog.add(text, locations=[("slu/monitoring/alerts", 0)])
    return catalog


def error_texts() -> Catalog:
    """The shape of every sentence of an error or of a job, with the files that say it."""
    catalog = Catalog(domain="errors", project="SLU Studio", fuzzy=False)
    for shape, paths in sentences().items():
        catalog.add(shape, locations=[(path, 0) for path in paths])
    return catalog


GATHERED: Mapping[str, Callable[[], Catalog]] = {"slu": page_texts, "errors": error_texts}
"""Domain of gettext -> what is to be translated there."""
_HEADERS = {"slu": "The pages", "errors": "The sentences of errors and of jobs"}


def _of_settings(section: type[Config]) -> Iterator[str]:
    """What pages call a section and its settings, and what they say of them."""
    yield summary(section)
    yield from notes(section).values()
    for name, field in section.model_fields.items():
        yield label(name)
        for kind in section_kinds(field):
            yield from _of_settings(kind)


def translated(code: str, texts: Catalog) -> Catalog:
    """The texts with what is translated already; texts that are gone are left out."""
    path = po_path(code, texts.domain)
    known = read_po(io.BytesIO(path.read_bytes()), locale=code) if path.exists() else Catalog(code)
    catalog = Catalog(
        code,
        header_comment=f"# {_HEADERS[texts.domain]} of SLU Studio in {LANGUAGES[code]}.",
        project="SLU Studio",
        version="1",
        last_translator="",
        msgid_bugs_address="",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        fuzzy=False,
    )
    for text in texts:
        if text.id:
            before = known.get(text.id)
            catalog.add(text.id, before.string if before else None, text.locations)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """The catalogue as it is edited."""
    content = io.BytesIO()
    write_po(content, catalog, width=100, sort_output=True, include_lineno=False)
    return content.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """The catalogue as it is read by the app."""
    content = io.BytesIO()
    write_mo(content, catalog)
    return content.getvalue()


def po_path(code: str, domain: str) -> Path:
    """A catalogue of a language as it is edited."""
    return LOCALE_DIR / code / "LC_MESSAGES" / f"{domain}.po"


def main() -> None:
    """Write every catalogue anew."""
    everything = [gather() for gather in GATHERED.values()]
    for code, texts in product(list(LANGUAGES)[1:], everything):
        catalog = translated(code, texts)
        path = po_path(code, texts.domain)
        for target, content in ((path, as_po(catalog)), (path.with_suffix(".mo"), as_mo(catalog))):
            with replacing(target) as temporary:
                temporary.write_bytes(content)


if __name__ == "__main__":
    main()
