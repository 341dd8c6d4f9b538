"""Studies: settings varied trial by trial, judged by what the model learns from them."""
