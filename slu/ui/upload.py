"""The tab in which people bring labelled recordings: single ones, or a zip with a table."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from slu.config import CorpusConfig, load_config
from slu.data.imports import Importer, ImportReport, check_set_name
from slu.files import replacing
from slu.jobs import JobStatus
from slu.settings import get_settings
from slu.ui.catalogue_state import catalogue_path
from slu.ui.corpus import data_config, is_data_job_live, show_data_job
from slu.ui.jobs import start_job
from slu.ui.labelling import label_clips
from slu.ui.language import mark, tr, trn
from slu.ui.markdown import plain
from slu.ui.recording_sets import show_sets
from slu.ui.sentences import translated

_LARGEST_ZIP_MB = 200
_ONE_BY_ONE, _ZIP = mark("Single recordings"), mark("A zip with a table")
_JOB = "import"
_REPORT, _N_IMPORTS = "import report", "imports done"
_TABLE = mark("""
One CSV table and the recordings that it names, for example:
```
file_audio,kalimat,produk,quantity,speaker
wav/001.wav,catat tiga beras,beras,3,Siti
wav/002.wav,dua kopi,kopi,2,Budi
```
Needed are a column with the file (`path`, `file`, `file_audio` …) and one for each of {slots}.
There may also be `text`, `speaker` and `split`. Usual other names of columns are understood.
""")


def show_upload() -> None:
    """Bring recordings, and see which sets there are."""
    corpus = load_config(CorpusConfig, catalogue_path())
    way = st.segmented_control(
        tr("What do you bring?"), [_ONE_BY_ONE, _ZIP], default=_ONE_BY_ONE, required=True,
        format_func=tr, key="way",
    )  # fmt: skip
    if way == _ZIP:
        _offer_zip(corpus)
    else:
        _offer_clips(corpus)
    _show_report()
    _show_import()
    show_sets()


def _offer_clips(corpus: CorpusConfig) -> None:
    clips, n_missing = label_clips(corpus, key=_key("clips"))
    if not clips:
        return
    if n_missing:
        st.caption(
            trn(
                "{n} label is still to be chosen.",
                "{n} labels are still to be chosen.",
                n_missing,
            )
        )
    if st.button(
        trn("Import {n} recording", "Import {n} recordings", len(clips)),
        type="primary",
        icon=":material/upload:",
        disabled=n_missing > 0,
    ):
        name = f"uploaded-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        _import(corpus, name, lambda importer: importer.take_clips(clips))


def _offer_zip(corpus: CorpusConfig) -> None:
    with st.expander(tr("What the zip must hold"), icon=":material/folder_zip:"):
        st.markdown(tr(_TABLE, slots=", ".join(f"`{slot}`" for slot in corpus.slots)))
    file = st.file_uploader(
        tr("A zip file"), type=["zip"], max_upload_size=_LARGEST_ZIP_MB, key=_key("zip")
    )
    if file is None:
        return
    name = st.text_input(
        tr("Name of the set"), _slug(file.name), help=tr("A folder of data/raw gets this name")
    )
    if st.button(
        tr("Check and import"), type="primary", icon=":material/upload:",
        disabled=is_data_job_live(),
    ):  # fmt: skip
        _start_import(file.getbuffer(), name)


def _start_import(content: memoryview, name: str) -> None:
    """Leave a zip where a job finds it, and start the job."""
    settings = get_settings()
    check_set_name(settings.data_dir / "raw", name)
    path = settings.data_dir / "uploads" / f"{name}.zip"
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    place = path.relative_to(settings.project_root).as_posix()
    problems = f"{place.removesuffix('.zip')}.json"
    (settings.project_root / problems).unlink(missing_ok=True)
    start_job(
        ("import", place, "--name", name, "--problems-path", problems, "--delete"),
        tr("Importing {name}", name=name), page="data", kind=_JOB, problems=problems,
    )  # fmt: skip
    _empty_uploaders()
    st.rerun()


def _show_import() -> None:
    """How the import of a zip goes or went, and what is wrong with its rows."""
    job = show_data_job(_JOB)
    if job is None or job.status is not JobStatus.FAILED:
        return
    path = get_settings().project_root / job.parameters["problems"]
    if path.exists():
        _show_problems(pd.read_json(path))


def _import(corpus: CorpusConfig, name: str, take: Callable[[Importer], ImportReport]) -> None:
    st.session_state.pop(_REPORT, None)
    bar = st.progress(0.0, tr("Checking recordings"))

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, tr("Checked {done} of {total}", done=done, total=total))

    report = take(Importer(get_settings().data_dir / "raw", name, data_config(), corpus, tell))
    st.session_state[_REPORT] = report
    if not report.problems:
        _empty_uploaders()
    st.rerun()


def _empty_uploaders() -> None:
    st.session_state[_N_IMPORTS] = st.session_state.get(_N_IMPORTS, 0) + 1


def _key(name: str) -> str:
    """Key of an uploader, which is empty again after each import."""
    return f"{name} {st.session_state.get(_N_IMPORTS, 0)}"


def _show_report() -> None:
    report: ImportReport | None = st.session_state.get(_REPORT)
    if report is None:
        return
    if not report.problems:
        st.success(
            trn(
                "{n} recording was imported as {folder}. Check in, above, to use it.",
                "{n} recordings were imported as {folder}. Check in, above, to use them.",
                report.n_rows,
                folder=plain(report.folder.name),
            ),
            icon=":material/check_circle:",
        )
        return
    n_bad = len({problem.row for problem in report.problems})
    st.error(
        tr(
            "Nothing was imported: {bad} of {rows} rows are wrong. Mend them, and bring all of it "
            "again.",
            bad=n_bad,
            rows=report.n_rows,
        ),
        icon=":material/error:",
    )
    _show_problems(pd.DataFrame([vars(problem) for problem in report.problems]))


def _show_problems(table: pd.DataFrame) -> None:
    st.dataframe(
        table.assign(problem=table["problem"].map(translated)),
        hide_index=True,
        column_config={"row": tr("row"), "file": tr("file"), "problem": tr("problem")},
    )


def _slug(name: str) -> str:
    """A name for a set, made of that of a file."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower().removesuffix(".zip")).strip("-_") or "upload"
