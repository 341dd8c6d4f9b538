"""Entry point of `python -m slu.cli`."""

from slu.cli import main

if __name__ == "__main__":
    main()
