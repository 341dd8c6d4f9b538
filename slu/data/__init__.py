"""Corpora: spoken by synthesisers, recorded by people, checked, and turned into features."""
