"""The HTTP door: predictions, corrections, health and metrics for programs, and a small page."""

from slu.api.server import serve

__all__ = ["serve"]
