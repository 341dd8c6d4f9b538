"""The networks: features in, one decision for each slot out."""
