"""read_writers.py <table uri> <storage options as JSON>: how often each row (writer, n) is in the table, as deltalake and pyarrow see
it: writer -> n -> times."""

import json
import sys
from collections import Counter

from answer import answer
from deltalake import DeltaTable

uri, options = sys.argv[1], json.loads(sys.argv[2])
table = DeltaTable(uri, storage_options=options)
rows = table.to_pyarrow_table(columns=["writer", "n"])
found: dict[str, Counter] = {}
for writer, n in zip(rows.column("writer").to_pylist(), rows.column("n").to_pylist()):
    found.setdefault(writer, Counter())[n] += 1
answer({"version": table.version(), "rows": found})
