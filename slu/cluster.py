"""The way to a Ray cluster; Ray is imported here alone, and only when somebody goes there."""

import signal
import socket
import threading
from types import ModuleType
from urllib.parse import urlsplit

from slu.errors import ClusterError

RETRIES = 5
"""How often Ray does work again whose node was lost."""

_REACHED_WITHIN_S = 5.0
_ADVICE = "check SLU_RAY_ADDRESS and that the cluster runs (docs/scaling.md), or unset it"


def load_ray() -> ModuleType:
    """The package `ray`.

    Raises:
        ClusterError: it is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            "SLU_RAY_ADDRESS is set, but Ray is not installed; install it with `pip install -r "
            "requirements-cluster.txt`, or unset SLU_RAY_ADDRESS"
        ) from error
    module: ModuleType = ray
    return module


def connect(address: str) -> ModuleType:
    """Make this process a driver of the cluster, unless it is one; returns the package `ray`.

    Args:
        address: `auto` on a node of the cluster, `host:6379`, or `ray://host:10001`.

    Raises:
        ClusterError: Ray is not installed, or the cluster cannot be reached.
    """
    ray = load_ray()
    if ray.is_initialized():
        return ray
    if is_web_address(address):
        raise ClusterError(
            f"{address} takes jobs only; start this with the `slu` command, which sends it there"
        )
    check_reachable(address)
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, logging_level="ERROR", log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise unreachable(address, error) from error
    if threading.current_thread() is threading.main_thread():
        # Ray's own handler would end this process before it has tidied up.
        signal.signal(signal.SIGTERM, before)
    return ray


def is_web_address(address: str) -> bool:
    """Whether it is that of the job API, `http://host:8265`, which any machine may use."""
    return address.startswith(("http://", "https://"))


def check_reachable(address: str) -> None:
    """Knock at a cluster: Ray itself would wait for minutes where nobody answers.

    Raises:
        ClusterError: nobody answers, or it is no address.
    """
    if address == "auto":
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        port = parts.port or {"https": 443, "http": 80, "ray": 10001}.get(parts.scheme, 6379)
        socket.create_connection((parts.hostname or "", port), _REACHED_WITHIN_S).close()
    except (OSError, ValueError) as error:
        raise unreachable(address, error) from error


def unreachable(address: str, error: Exception) -> ClusterError:
    """What to tell where a cluster does not answer."""
    said = getattr(error, "strerror", None) or str(error)
    reason = said.partition("\n")[0].rstrip(".") or type(error).__name__
    return ClusterError(f"the cluster {address} cannot be reached ({reason}); {_ADVICE}")
