"""What a person waits for, timed again and again and told in a line each."""

import sys
from collections.abc import Callable, Mapping

import numpy as np

N_TAKES = 5
PLOT = ".js-plotly-plot .nsewdrag"
"""Where figures of Plotly are clicked."""


def measure(view: Callable[[], float], tasks: Mapping[str, Callable[[], float]]) -> None:
    """Print a line for each thing that a person does.

    Args:
        view: opens the page in a browser that has seen nothing of it yet; returns the seconds.
        tasks: name -> what else is done, in the same way.
    """
    tell("first view after the app started", [view()])
    for name, task in {"first view": view, **tasks}.items():
        tell(name, [task() for _ in range(N_TAKES)])


def tell(name: str, seconds: list[float]) -> None:
    """Print the median and the slowest."""
    line = f"{name:<34} median {np.median(seconds):5.2f} s   slowest {max(seconds):5.2f} s"
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
