"""Google's speech embedding, pretrained on large amounts of real speech, as features.

The package `pyopen-wakeword` carries the network (Lin et al. 2020, arXiv 2002.01322), which makes
96 values every 80 ms. What is taken here is what it knows before its last pooling: 192 values every
40 ms, each from a shorter window. Models on them understood people better, and short words in long
orders are not blurred. The network is run over a whole clip at once, which gives the same as
sliding windows.

Embeddings tell what is said, however loud. How loud it is, against the loudest of the clip, tells
the one who speaks into the microphone from others around.
"""

import math
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from slu.audio.embedding_network import embedding_network, packaged_model
from slu.audio.types import Features, Waveform
from slu.config.preprocess import EmbeddingNetwork
from slu.errors import AudioError, ModelError

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

SAMPLE_RATE = 16000
N_EMBEDDING = 192
N_MELS = 32
WINDOW_FRAMES = 56
"""Mel frames behind each embedding."""
HOP_FRAMES = 4
"""Mel frames from one embedding to the next."""

SMALLEST_DEVIATION = 1e-3
"""What an embedding that hardly varies is divided by when it is brought to deviation 1."""

N_FFT = 512
HOP_LENGTH = 160
MIN_SAMPLES = (WINDOW_FRAMES - 1) * HOP_LENGTH + N_FFT
"""Shortest waveform that gives an embedding: 0.58 s."""

POWER_FLOOR = 1e-10
RANGE_DB = 80.0
_FULL_SCALE = 32767.0

FIRST_HEARD = (WINDOW_FRAMES - HOP_FRAMES) // 2
"""Mel frame from which loudness is measured: the middle of the first window."""
LOUDNESS_SCALE, LOUDNESS_SHIFT = 0.5, 1.5
"""From powers of ten below the loudest to numbers around 0, most of them between -2 and 2."""

# Lengths are rounded up to these, as the network prepares itself anew for each length it meets.
_BUCKET_FRAMES = 16
_PACKAGES = ("pyopen_wakeword", "ai_edge_litert")


class SpeechEmbedding:
    """The pretrained network; may be shared by threads.

    Args:
        network: as published, or trained on in talk and noise.

    Raises:
        ModelError: the packages that carry and run it are not installed.
    """

    def __init__(self, network: EmbeddingNetwork = "original") -> None:
        if missing := _missing_packages():
            raise ModelError(
                f"the front end speech_embedding needs {' and '.join(missing)}; install "
                "pyopen-wakeword and ai-edge-litert, or use a model on log_mel features (m1, m2)"
            )
        self._network = network
        # One for each thread that is at work: they cannot be shared, and are dear to make.
        self._idle: list[Interpreter] = []

    def __call__(self, mel: Features) -> Features:
        """Embed a sound.

        Args:
            mel: from `embedding_mel`, shape = (n_frames, N_MELS) with n_frames >= WINDOW_FRAMES.

        Returns:
            shape = (n_embeddings, N_EMBEDDING), not normalised.
        """
        n_embeddings = (len(mel) - WINDOW_FRAMES) // HOP_FRAMES + 1
        # The network looks at nothing beyond a window, so what fills the bucket changes nothing.
        bucket = math.ceil(len(mel) / _BUCKET_FRAMES) * _BUCKET_FRAMES
        filled = np.zeros((1, bucket, N_MELS, 1), np.float32)
        filled[0, : len(mel), :, 0] = mel
        embedded: Features = self._run(filled)[:n_embeddings]
        return embedded

    def _run(self, mel: NDArray[np.float32]) -> Features:
        interpreter = self._idle.pop() if self._idle else self._open()
        try:
            if interpreter.get_input_details()[0]["shape"][1] != mel.shape[1]:
                interpreter.resize_tensor_input(0, mel.shape)
                interpreter.allocate_tensors()
            interpreter.set_tensor(0, mel)
            interpreter.invoke()
            output = interpreter.get_output_details()[0]["index"]
            embedded: Features = interpreter.get_tensor(output)[0].reshape(-1, N_EMBEDDING)
        finally:
            self._idle.append(interpreter)
        return embedded

    def _open(self) -> "Interpreter":
        """The network, ready for any number of mel frames."""
        return _interpreter(embedding_network(self._network))


def embedding_mel(waveform: Waveform) -> Features:
    """The log-mel spectrogram that the network was trained on.

    Equal to the package's `melspectrogram.tflite`, whose window and mel matrix it uses, in a
    seventh of the time.

    Args:
        waveform: at 16 kHz, full scale 1, shape = (T,) with T >= MIN_SAMPLES.

    Returns:
        powers of ten, shape = (n_frames, N_MELS).

    Raises:
        AudioError: the waveform is shorter than one window of the network.
    """
    if waveform.size < MIN_SAMPLES:
        raise AudioError(
            f"a speech embedding needs {MIN_SAMPLES / SAMPLE_RATE:.2f} s of sound; "
            "raise framing.pad_s"
        )
    window, mel_matrix = mel_constants()
    frames = np.lib.stride_tricks.sliding_window_view(waveform, N_FFT)[::HOP_LENGTH]
    spectrum = fft.rfft(frames * window, axis=1)
    powers = (spectrum.real**2 + spectrum.imag**2) @ mel_matrix
    level_db = 10.0 * np.log10(np.maximum(powers, POWER_FLOOR))
    level_db = np.maximum(level_db, level_db.max() - RANGE_DB)
    mel: Features = level_db / 10.0 + 2.0
    return mel


def loudness(mel: Features) -> Features:
    """How loud each band is in the middle of each embedding's window, against the loudest of all.

    Args:
        mel: from `embedding_mel`, shape = (n_frames, N_MELS) with n_frames >= WINDOW_FRAMES.

    Returns:
        shape = (n_embeddings, N_MELS); LOUDNESS_SHIFT is the loudest, 1 less is 20 dB less.
    """
    n_embeddings = (len(mel) - WINDOW_FRAMES) // HOP_FRAMES + 1
    middles = mel[FIRST_HEARD : FIRST_HEARD + n_embeddings * HOP_FRAMES]
    heard = middles.reshape(n_embeddings, HOP_FRAMES, N_MELS).mean(axis=1)
    below: Features = LOUDNESS_SCALE * (heard - mel.max()) + LOUDNESS_SHIFT
    return below


@lru_cache(maxsize=1)
def mel_constants() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Window (scaled for samples of full scale 1) and mel matrix of `melspectrogram.tflite`.

    Returns:
        shapes (N_FFT,) and (N_FFT // 2 + 1, 32).
    """
    interpreter = _interpreter(packaged_model("melspectrogram"))
    interpreter.resize_tensor_input(0, (1, N_FFT))
    interpreter.allocate_tensors()
    shaped = {tuple(t["shape"]): t["index"] for t in interpreter.get_tensor_details()}
    bins = N_FFT // 2 + 1
    transforms = [
        interpreter.get_tensor(tensor["index"])[0, 0, :, 0]
        for tensor in interpreter.get_tensor_details()
        if tuple(tensor["shape"]) == (bins, 1, N_FFT, 1)
    ]
    # Bin 0 of a Fourier transform: its cosine is the window itself, its sine is zero.
    window = max(transforms, key=lambda row: float(np.abs(row).sum()))
    return window * np.float32(_FULL_SCALE), interpreter.get_tensor(shaped[bins, N_MELS])


def is_available() -> bool:
    """Whether the packages are there that it needs."""
    return not _missing_packages()


def _missing_packages() -> list[str]:
    return [name for name in _PACKAGES if find_spec(name) is None]


def _interpreter(model: bytes) -> "Interpreter":
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_content=model, num_threads=1)
