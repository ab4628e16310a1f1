"""Reads Delta tables with deltalake and prints one JSON object: table path -> summary of its rows in the words of read_spark.py."""

import json
import sys

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable


def summary(column: pa.ChunkedArray) -> dict:
    kind = column.type
    known = len(column) - column.null_count
    if pa.types.is_integer(kind):
        return {"known": known, "sum": str(sum(v for v in column.to_pylist() if v is not None))}
    if pa.types.is_decimal(kind):
        return {"known": known, "sum": str(sum(v for v in column.to_pylist() if v is not None))}
    if pa.types.is_floating(kind):
        return {"known": known, "about": pc.sum(column).as_py() or 0.0}
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return {"known": known, "length": pc.sum(pc.utf8_length(pc.cast(column, pa.string()))).as_py() or 0}
    if pa.types.is_timestamp(kind):
        micros = pc.cast(pc.cast(column, pa.timestamp("us", tz=kind.tz)), pa.int64())
        return {"known": known, "min": pc.min(micros).as_py(), "max": pc.max(micros).as_py()}
    return {"known": known}


def read(path: str) -> dict:
    table = DeltaTable(path)
    rows = pa.table(table.to_pyarrow_table() if hasattr(table, "to_pyarrow_table") else table.to_arrow())
    return {
        "version": table.version(),
        "rows": rows.num_rows,
        "columns": {name: summary(rows.column(name)) for name in rows.column_names},
    }


print(json.dumps({path: read(path) for path in sys.argv[1:]}))
