"""Clips placed by how a model hears them: its pooled vectors, reduced to two dimensions."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from slu.errors import AudioError, DataError
from slu.evaluation.embedding_map import agreement_column, neighbours_column
from slu.evaluation.predictions import LABELLED_LIMITS
from slu.inference import Predictor

_LEAST_CLIPS = 10
_N_NEIGHBOURS = 10
_PERPLEXITY = 30.0
# Further components hold noise that only slows t-SNE down.
_N_COMPONENTS = 50


def draw_map(
    predictor: Predictor,
    table: pd.DataFrame,
    max_clips: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Place clips in two dimensions by the model's pooled vectors, and ask their neighbours.

    Args:
        predictor: the model.
        table: columns id, path (that can be opened as it stands) and one for each slot.
        max_clips: more are drawn from at random.
        seed: of the draw and of t-SNE.
        progress: told after each clip, and of one more step after the reduction.

    Returns:
        a row for each clip that the model could hear: columns id, x, y, then for each slot its
        label, `<slot>_neighbours` and `<slot>_agreement`. Neighbours are nearest by the slot's
        own part of the vectors.

    Raises:
        DataError: the table lacks a slot of the model, or too few clips can be heard.
    """
    missing = [slot for slot in predictor.slots if slot not in table]
    if missing:
        raise DataError(f"the table has no column {missing[0]}, which the model predicts")
    sample = _sample(table, max_clips, seed)
    heard, vectors = _embed(predictor, sample, progress)
    columns: dict[str, object] = {"id": heard["id"]}
    columns["x"], columns["y"] = _reduce(vectors, seed).T.round(3)
    progress(len(sample) + 1, len(sample) + 1)
    blocks = np.split(vectors, len(predictor.slots), axis=1)
    for slot, block in zip(predictor.slots, blocks, strict=True):
        labels = heard[slot].to_numpy(str)
        columns[slot] = labels
        columns[neighbours_column(slot)], columns[agreement_column(slot)] = _ask(block, labels)
    return pd.DataFrame(columns)


def _sample(table: pd.DataFrame, max_clips: int, seed: int) -> pd.DataFrame:
    if len(table) <= max_clips:
        return table
    chosen = np.random.default_rng(seed).choice(len(table), max_clips, replace=False)
    return table.iloc[np.sort(chosen)]


def _embed(
    predictor: Predictor, table: pd.DataFrame, progress: Callable[[int, int], None]
) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """The clips that the model could hear, and what it made of them, shape = (n, n_features)."""
    vectors, is_heard = [], np.zeros(len(table), bool)
    for index, path in enumerate(table["path"]):
        vector = _hear(predictor, Path(path))
        if vector.size:
            vectors.append(vector)
            is_heard[index] = True
        progress(index + 1, len(table) + 1)
    if len(vectors) < _LEAST_CLIPS:
        raise DataError(
            f"the model can hear {len(vectors)} of {len(table)} clips, and a map needs "
            f"{_LEAST_CLIPS}; add recordings"
        )
    return table[is_heard], np.stack(vectors)


def _hear(predictor: Predictor, path: Path) -> NDArray[np.float32]:
    """The model's vector; empty where it could not listen."""
    try:
        return predictor.predict(predictor.decode(path, LABELLED_LIMITS)).embedding
    except AudioError:
        return np.zeros(0, np.float32)


def _reduce(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Neighbours stay neighbours, shape = (n, 2)."""
    n_components = min(_N_COMPONENTS, *vectors.shape)
    components = PCA(n_components, random_state=seed).fit_transform(vectors)
    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    places: NDArray[np.float32] = TSNE(perplexity=perplexity, random_state=seed).fit_transform(
        components
    )
    return places


def _ask(
    vectors: NDArray[np.float32], labels: NDArray[np.str_]
) -> tuple[Sequence[str], NDArray[np.float64]]:
    """The most frequent label among each clip's neighbours, and the share that has its own."""
    n_neighbours = min(_N_NEIGHBOURS, len(vectors) - 1)
    found = NearestNeighbors(n_neighbors=n_neighbours).fit(vectors)
    neighbours = labels[found.kneighbors(return_distance=False)]
    names = np.unique(labels)
    votes = (neighbours[:, :, None] == names).sum(axis=1)
    agreement = (neighbours == labels[:, None]).mean(axis=1)
    return names[votes.argmax(axis=1)].tolist(), agreement.round(3)
