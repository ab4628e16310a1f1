"""append_deltalake.py <table uri> <storage options as JSON> <writer> <rows>: appends rows (writer, n) with n from 1, a commit each,
and prints each n that is committed. Where deltalake gives up, or the program was killed, it goes on after the rows that are in the
table: an error of deltalake does not tell whether its commit took effect."""

import json
import sys

import pyarrow as pa
import pyarrow.compute as pc
from answer import answer
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

uri, options, writer, rows = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
ATTEMPTS = 1000
schema = pa.schema([pa.field("writer", pa.string()), pa.field("n", pa.int64())])


def last_in_table() -> int:
    """deltalake 1.6.0 cannot open a table in the moment between N.json and its item's completion: that is another attempt's."""
    for _ in range(ATTEMPTS):
        try:
            found = DeltaTable(uri, storage_options=options).to_pyarrow_table(columns=["writer", "n"])
            return pc.max(found.filter(pc.equal(found.column("writer"), writer)).column("n")).as_py() or 0
        except DeltaError as error:
            print(f"could not open the table: {error}", flush=True)
    raise RuntimeError(f"{writer}: expected to open {uri} within {ATTEMPTS} attempts")


errors = 0
done = last_in_table()
while done < rows:
    try:
        row = pa.table({"writer": [writer], "n": [done + 1]}, schema=schema)
        write_deltalake(uri, row, mode="append", storage_options=options)
        done += 1
    except DeltaError as error:
        errors += 1
        print(f"gave up on {done + 1}: {error}", flush=True)
        done = last_in_table()
    print(f"committed {done}", flush=True)
answer({"errors": errors})
