"""A model as one file, for use elsewhere."""

from slu.exporting.export import Export, ExportFormat, export_path, export_version

__all__ = ["Export", "ExportFormat", "export_path", "export_version"]
