"""The last word of a program that a test runs."""

import json
import os
import sys


def answer(result) -> None:
    """Prints `result` as one line of JSON and ends at once: threads of pyarrow that still run abort an interpreter that ends in order
    ("terminate called without an active exception")."""
    print(json.dumps(result))
    sys.stdout.flush()
    os._exit(0)
