"""SLU Studio: short spoken orders recognised straight from sound."""

import os

__version__ = "0.1.0"

# All matrices here are small: a second BLAS thread makes features three times slower, most of all
# on busy cores. Read when NumPy is imported, hence here; PyTorch's threads are `train.threads`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
