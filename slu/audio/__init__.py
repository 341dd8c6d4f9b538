"""Recordings in, waveforms and features out."""
