"""SLU Studio: short spoken orders recognised straight from sound."""

__version__ = "0.1.0"
