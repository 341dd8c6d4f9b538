"""How good a model is: predictions on labelled recordings, scores, figures, a model card."""
