"""What drift is judged against: the training clips, measured as the inference log measures."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu.audio.statistics import measure
from slu.data.feature_store import read_waveform
from slu.data.metadata import is_order
from slu.monitoring.reference import build_reference
from slu.training.utterances import Corpus

# Enough for histograms.
_MOST_CLIPS = 2000


def measure_corpus(
    corpus: Corpus, joint_confidence: NDArray[np.float64], seed: int
) -> dict[str, Any]:
    """The content of `reference.json`.

    Args:
        corpus: the orders of its training clips are measured, 2000 of them at most.
        joint_confidence: of the model on validation orders; on training clips it would be surer
            of itself than it ever is in use.
        seed: chooses the clips.
    """
    rows = corpus.split("train")
    # People mostly speak to order: a corpus with a quarter of something else is no measure of them.
    rows = rows[is_order(rows, tuple(corpus.labels))]
    chosen = rows.iloc[np.random.default_rng(seed).permutation(len(rows))[:_MOST_CLIPS]]
    sample_rate = corpus.preprocess.sample_rate
    statistics = [
        measure(read_waveform(corpus.folder / path, int(offset), int(samples)), sample_rate)
        for path, offset, samples in zip(
            chosen["waveform_path"], chosen["waveform_offset"], chosen["samples"], strict=True
        )
    ]
    table = pd.DataFrame([vars(s) for s in statistics])
    table = table.rename(columns={"duration_s": "audio_duration"})
    for slot in corpus.labels:
        table[slot] = chosen[slot].to_numpy()
    confidences = pd.DataFrame({"joint_confidence": joint_confidence})
    return build_reference(pd.concat([table, confidences]), slots=tuple(corpus.labels))
