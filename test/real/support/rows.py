"""One way to write a table's rows and figures down, whoever read them.

A row is one line of JSON: names in order, nulls left out, timestamps in epoch microseconds, dates, decimals and bytes as text. The
position columns are left out: they tell where a record came from, not what it said.

The figures of a column, structs taken apart (`properties.mag`):
known   values that are not null
sum     exact sum of integers and decimals, as text
about   sum of doubles
length  characters of all strings, bytes of all binaries
items   elements of all arrays
min,max of timestamps, in epoch microseconds
"""

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

POSITION_COLUMNS = {"_source", "_partition", "_position"}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def micros(value: datetime) -> int:
    return ((value if value.tzinfo else value.replace(tzinfo=timezone.utc)) - EPOCH) // timedelta(microseconds=1)


def canonical(value):
    if isinstance(value, dict):
        known = {name: canonical(field) for name, field in value.items() if field is not None}
        return {name: known[name] for name in sorted(known)}
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return canonical(dict(value))  # how pyarrow gives maps
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value


def write_rows(folder: str, table: str, rows) -> None:
    """Writes the sorted lines of `rows` (dicts) to `<folder>/<table>.jsonl`."""
    lines = sorted(
        json.dumps(canonical({name: row[name] for name in row if name not in POSITION_COLUMNS}), ensure_ascii=False)
        for row in rows
    )
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, f"{table}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
