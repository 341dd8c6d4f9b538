"""Where work is done that is spread: over this machine's cores or, if there is one, a cluster."""

from functools import partial
from typing import TYPE_CHECKING

from slu.settings import Settings

if TYPE_CHECKING:
    from slu.data.spreading import Mapper
    from slu.tuning.worker import RunWorkers


def mapper(settings: Settings) -> "Mapper":
    """What spreads the tasks of a corpus."""
    if not _is_spread(settings):
        from slu.data.parallel import map_parallel

        return map_parallel
    from slu.data.spreading import map_on_cluster

    return partial(map_on_cluster, str(settings.ray_address))


def run_workers(settings: Settings, storage_url: str) -> "RunWorkers":
    """What runs the workers of a study.

    Raises:
        StudyError: the workers of a cluster cannot share this storage.
    """
    if not _is_spread(settings):
        from slu.tuning.worker import run_here

        return run_here
    from slu.tuning.cluster import run_on_cluster
    from slu.tuning.storage import check_many_machines

    check_many_machines(storage_url)
    return partial(run_on_cluster, settings)


def _is_spread(settings: Settings) -> bool:
    # Tasks on other machines need the files: without a shared path a job does all by itself.
    return settings.ray_address is not None and settings.store_url is None
