import numpy as np
import pytest

from slu.ui.sound_figures import features_figure, spectrogram_figure, waveform_figure

RNG = np.random.default_rng(0)
LEVELS = RNG.uniform(-0.5, 0.5, 32_000).astype(np.float32)


def test_a_waveform_is_drawn_at_its_true_level_with_few_points() -> None:
    figure = waveform_figure(LEVELS, 16_000, "Before", longest_s=3.0)
    trace = figure.data[0]
    assert len(trace.x) < 5000
    assert trace.y.max() == LEVELS.max()
    assert figure.layout.xaxis.range == (0, 3.0)
    assert figure.layout.xaxis.title.text == "time (s)"
    assert not figure.layout.shapes


def test_marks_stand_where_the_sound_is_cut() -> None:
    figure = waveform_figure(LEVELS, 16_000, "Before", kept_s=(0.25, 1.5))
    lines = [shape.x0 for shape in figure.layout.shapes if shape.type == "line"]
    shaded = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert lines == [0.25, 1.5]
    assert shaded == [(0.0, 0.25), (1.5, 2.0)]


@pytest.mark.parametrize("n_frames", [1, 599, 600, 601, 2000])
def test_pictures_have_few_columns_that_cover_the_time(n_frames: int) -> None:
    log_mel = RNG.uniform(-90, 0, (64, n_frames)).astype(np.float32)
    figure = spectrogram_figure(log_mel, 0.01, "Mel")
    picture = figure.data[0]
    assert picture.z.shape[0] == 64
    assert 1 <= picture.z.shape[1] <= 600
    assert picture.z.mean() == pytest.approx(log_mel[:, : picture.z.size].mean(), abs=0.5)
    assert figure.layout.xaxis.range == (0, n_frames * 0.01)
    assert picture.x[-1] <= n_frames * 0.01
    assert picture.zmax - picture.zmin <= 80.001


@pytest.mark.parametrize("features", [np.zeros((5, 8)), np.ones((1, 1)), np.zeros((0, 96))])
def test_features_that_say_nothing_are_drawn(features: np.ndarray) -> None:
    figure = features_figure(features.astype(np.float32), 0.08, "Features")
    assert figure.data[0].zmax > figure.data[0].zmin
    assert figure.layout.yaxis.title.text == "feature"
