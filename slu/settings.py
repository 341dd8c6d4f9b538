"""Settings of this installation, from `SLU_*` environment variables."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


_Item = TypeVar("_Item")
CommaSeparated = Annotated[tuple[_Item, ...], NoDecode, BeforeValidator(_split)]


class IceServer(BaseModel):
    """A STUN or TURN server that helps browsers to reach the live microphone's end."""

    urls: str
    """As `turn:shop.example:3478?transport=tcp`."""
    username: str | None = None
    credential: SecretStr | None = None


class Settings(BaseSettings):
    """Where the project lies and what a recording may cost.

    Paths in configurations, tables and registry entries are relative to `project_root`.
    """

    model_config = SettingsConfigDict(env_prefix="SLU_", extra="ignore", frozen=True)

    project_root: Path = Path()
    """Folder that holds `data`, `artifacts` and `logs`."""
    max_upload_mb: float = 25.0
    max_audio_s: float = 30.0
    """Longest recording that is decoded."""
    max_channels: int = 8
    inference_threads: int = 1
    ray_address: str | None = None
    """Ray cluster that background jobs and spread work go to, as `http://head:8265`."""
    ray_cpus: PositiveFloat = 1.0
    """Cores that one training on the cluster reserves."""
    ray_gpus: NonNegativeFloat = 0.0
    """GPUs that one training on the cluster reserves."""
    store_url: str | None = None
    """Object store through which files go to and from the cluster, as `s3://bucket/shop`; none
    where all machines see the project at the same path."""
    job_slots: PositiveInt = 1
    """Background jobs that run at once; others wait."""
    job_grace_s: PositiveFloat = 10.0
    """Time that a cancelled job has to tidy up before it is ended firmly."""
    study_storage: SecretStr = SecretStr("sqlite:///optuna.db")
    """Database of tuning studies; the path of a SQLite file is relative to `project_root`."""
    progress_path: Path | None = None
    """File in which a command tells how far it is; background jobs are given one."""

    api_keys: CommaSeparated[SecretStr] = ()
    """Who may use the API; without any, everybody who reaches it."""
    cors_origins: CommaSeparated[str] = ()
    """Web pages of other servers that may use the API, as `https://shop.example`."""
    rate_limit_per_minute: PositiveInt | None = None
    """Requests of one client to one worker process; none for no limit."""
    max_batch_files: PositiveInt = 16
    prediction_threads: PositiveInt = 2
    """Recordings that one worker process works on at once."""

    alert_check_s: NonNegativeFloat = 60.0
    """How often `slu serve` holds the alert rules against the log; 0 for never."""

    ice_servers: tuple[IceServer, ...] = ()
    """For the live microphone, as a JSON list; none are needed on localhost."""

    @property
    def data_dir(self) -> Path:
        """Corpora and features."""
        return self.project_root / "data"

    @property
    def unlabelled_dir(self) -> Path:
        """Recordings that wait for somebody to label them."""
        return self.data_dir / "unlabelled"

    @property
    def artifacts_dir(self) -> Path:
        """Runs and the registry."""
        return self.project_root / "artifacts"

    @property
    def registry_dir(self) -> Path:
        """Model versions."""
        return self.artifacts_dir / "registry"

    @property
    def jobs_dir(self) -> Path:
        """Background jobs and what they printed."""
        return self.project_root / "jobs"

    @property
    def study_storage_url(self) -> str:
        """The same with the whole path; it may hold a password."""
        scheme, slashes, path = self.study_storage.get_secret_value().partition(":///")
        if scheme != "sqlite" or not path or Path(path).is_absolute() or path.startswith(":"):
            return f"{scheme}{slashes}{path}"
        return f"sqlite:///{self.project_root.resolve() / path}"

    @property
    def logs_dir(self) -> Path:
        """Inference log and feedback."""
        return self.project_root / "logs"

    @property
    def inference_log(self) -> Path:
        """One line for every request."""
        return self.logs_dir / "inference.log"

    @property
    def feedback_log(self) -> Path:
        """One line for every correction."""
        return self.logs_dir / "feedback.jsonl"

    @property
    def alerts_path(self) -> Path:
        """What the last check of the alert rules found."""
        return self.logs_dir / "alerts.json"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
