"""``python -m fundeval`` is the console script ``fundeval``."""

from fundeval.cli import main

if __name__ == "__main__":
    main()
