"""Everything that SLU Studio raises on purpose.

The tree, with who meets each error:

* SLUError
    - ConfigError        a YAML file or an override holds something that is not allowed
    - AudioError         a recording cannot be used
    - SynthesisError     a speech engine is missing or failed
    - DataError          a table, label map or feature shard cannot be used
    - ModelError         a model does not fit its inputs or did not train
        - RegistryError  a version is unknown, incomplete or was altered
    - JobError           a background job cannot be started or found
    - StudyError         a tuning study cannot be opened or continued
    - ClusterError       the Ray cluster cannot be used

Messages are one sentence for the person who meets them and say what to do next. The doors
(pages, API, command line) turn them into messages; nothing else catches them.
"""


class SLUError(Exception):
    """Base of every error that is raised on purpose."""


class ConfigError(SLUError):
    """A configuration holds something that is not allowed."""


class AudioError(SLUError):
    """A recording cannot be used."""


class SynthesisError(SLUError):
    """A speech engine is missing or failed."""


class DataError(SLUError):
    """A table, label map or feature shard cannot be used."""


class ModelError(SLUError):
    """A model does not fit its inputs or did not train."""


class RegistryError(ModelError):
    """A model version is unknown, incomplete or was altered."""


class JobError(SLUError):
    """A background job cannot be started or found."""


class StudyError(SLUError):
    """A tuning study cannot be opened or continued."""


class ClusterError(SLUError):
    """The Ray cluster cannot be used."""
