"""Exit 0 where the API server at the given address says that it and its database are healthy, else 1."""

import json
import sys
import urllib.request


def main(address: str) -> int:
    """Ask once; the container engine asks again."""
    try:
        with urllib.request.urlopen(address, timeout=8) as answer:
            health = json.load(answer)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if health["metadatabase"]["status"] == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
