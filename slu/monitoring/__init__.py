"""Watching a model at work: the inference log, corrections, drift, alerts and the report."""
