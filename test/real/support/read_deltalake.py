"""read_deltalake.py <rows folder> <table path …>: reads Delta tables with deltalake, a path that ends with @v3 at version 3,
of one that ends with @where=id > 3 the rows for which that holds,
writes their rows down as rows.py does, and prints one JSON object: table name -> version, rows, figures by column."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from answer import answer
from deltalake import DeltaTable, QueryBuilder
from rows import write_rows


def figures(name: str, column: pa.ChunkedArray) -> dict:
    kind = column.type
    out = {"known": len(column) - column.null_count}
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        out["sum"] = str(sum(v for v in column.to_pylist() if v is not None))
    elif pa.types.is_floating(kind):
        out["about"] = pc.sum(column).as_py() or 0.0
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        out["length"] = pc.sum(pc.utf8_length(pc.cast(column, pa.string()))).as_py() or 0
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        out["length"] = pc.sum(pc.binary_length(pc.cast(column, pa.binary()))).as_py() or 0
    elif pa.types.is_timestamp(kind):
        epoch_micros = pc.cast(pc.cast(column, pa.timestamp("us", tz=kind.tz)), pa.int64())
        out |= {"min": pc.min(epoch_micros).as_py(), "max": pc.max(epoch_micros).as_py()}
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        out["items"] = pc.sum(pc.list_value_length(column)).as_py() or 0
    nested = {}
    if pa.types.is_struct(kind):
        for field in kind:
            nested |= figures(f"{name}.{field.name}", pc.struct_field(column, field.name))
    return {name: out, **nested}


def rows_of(table: DeltaTable, condition: str) -> pa.Table:
    """pyarrow's reader refuses deletion vectors and V2 checkpoints, deltalake's own queries do not."""
    if condition:
        query = f"SELECT * FROM t WHERE {condition}"
        return pa.table(QueryBuilder().register("t", table).execute(query).read_all())
    if not {"deletionVectors", "v2Checkpoint"} & set(table.protocol().reader_features or []):
        return table.to_pyarrow_table()
    return pa.table(QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all())


def name_of(path: str) -> str:
    folder, _, condition = path.partition("@where=")
    return Path(folder).name + ("@where" if condition else "")


def read(rows_folder: str, path: str) -> dict:
    folder, _, condition = path.partition("@where=")
    folder, _, at = folder.partition("@v")
    table = DeltaTable(folder, version=int(at) if at else None)
    rows = rows_of(table, condition)
    write_rows(rows_folder, name_of(path), rows.to_pylist())
    columns = {}
    for name in rows.column_names:
        columns |= figures(name, rows.column(name))
    return {"version": table.version(), "rows": rows.num_rows, "columns": columns}


rows_folder, *paths = sys.argv[1:]
answer({name_of(path): read(rows_folder, path) for path in paths})
