"""`python -m slu.api HOST PORT WORKERS`: what `slu serve` becomes."""

import sys

from slu.api.server import serve
from slu.errors import SLUError


def main() -> None:
    """Serve until told to stop; exit with 2 where the address cannot be used."""
    host, port, workers = sys.argv[1:]
    try:
        serve(host, int(port), int(workers))
    except SLUError as error:
        sys.stderr.write(f"slu: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
