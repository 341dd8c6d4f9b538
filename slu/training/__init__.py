"""Training: utterances in batches, the loop, calibration, and the finished run."""
