"""Somebody talks and is understood meanwhile: a stream of sound becomes utterances and orders."""
