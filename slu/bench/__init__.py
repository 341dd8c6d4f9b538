"""Speed and memory, measured here and now."""
