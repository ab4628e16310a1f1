"""make_golden.py <jars> <folder> [<table> …]: makes the small tables of test/golden with Spark and deltalake, and beside each the rows that Spark
reads from every version of it, in canonical form (lambdas/core/columnar/read/canonical-row.ts), sorted by their bytes.

Run by hand when a table is added: `node bin/run.mjs test/real/support/make-golden.ts [<table> …]`."""

import base64
import json
import shutil
import struct
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession
from pyspark.sql import types as t

jars, folder, *only = sys.argv[1:]
golden = Path(folder)
made = {}
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", jars)
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.databricks.delta.snapshotPartitions", "1")
    .config("spark.databricks.delta.writeChecksumFile.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def number(value: float, is_float: bool) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return '"NaN"' if value != value else '"Infinity"' if value > 0 else '"-Infinity"'
    text = repr(value)
    if is_float:
        packed = struct.pack("f", value)
        texts = (f"{value:.{digits}g}" for digits in range(1, 10))
        text = next(each for each in texts if struct.pack("f", float(each)) == packed)
    if 1e-7 <= abs(value) < 1e21:
        text = f"{Decimal(text):f}"
    return text.removesuffix(".0")


def micros(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0")


def canonical(value, kind: t.DataType) -> str:
    if value is None:
        return "null"
    if isinstance(kind, t.StructType):
        members = (f"{json.dumps(f.name, ensure_ascii=False)}:{canonical(value[i], f.dataType)}" for i, f in enumerate(kind))
        return "{" + ",".join(members) + "}"
    if isinstance(kind, t.ArrayType):
        return "[" + ",".join(canonical(item, kind.elementType) for item in value) + "]"
    if isinstance(kind, t.MapType):
        pairs = [(canonical(key, kind.keyType), canonical(item, kind.valueType)) for key, item in value.items()]
        return "[" + ",".join(f"[{key},{item}]" for key, item in sorted(pairs, key=lambda pair: pair[0].encode())) + "]"
    if isinstance(kind, t.BooleanType):
        return "true" if value else "false"
    if isinstance(kind, (t.FloatType, t.DoubleType)):
        return number(value, isinstance(kind, t.FloatType))
    if isinstance(kind, t.DecimalType):
        return f'"{value:f}"'
    if isinstance(kind, t.StringType):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(kind, t.BinaryType):
        return f'"{base64.b64encode(bytes(value)).decode()}"'
    if isinstance(kind, t.DateType):
        return f'"{value.isoformat()}"'
    if isinstance(kind, t.TimestampType):
        return f'"{micros(value)}Z"'
    if isinstance(kind, t.TimestampNTZType):
        return f'"{micros(value)}"'
    return str(value)


def expect(name: str) -> None:
    """Writes `<name>/expected/v<version>.ndjson` for each version, and takes Hadoop's checksums away."""
    path = golden / name / "table"
    for checksum in path.rglob(".*.crc"):
        checksum.unlink()
    versions = [row["version"] for row in spark.sql(f"describe history delta.`{path}`").collect()]
    for version in versions:
        frame = spark.read.format("delta").option("versionAsOf", version).load(str(path))
        lines = sorted((canonical(row, frame.schema) for row in frame.collect()), key=str.encode)
        expected = golden / name / "expected" / f"v{version}.ndjson"
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    made[name] = sorted(versions)


def by_spark(name: str, *statements: str) -> None:
    """Runs statements in which TABLE_HERE stands for the table."""
    if only and name not in only:
        return
    shutil.rmtree(golden / name, ignore_errors=True)
    path = golden / name / "table"
    for statement in statements:
        spark.sql(statement.replace("TABLE_HERE", f"delta.`{path}`")).collect()
    expect(name)



by_spark(
    "deletion-vectors",
    "create table TABLE_HERE (id long, part string) using delta partitioned by (part) tblproperties ('delta.enableDeletionVectors' = 'true')",
    "insert into TABLE_HERE select /*+ coalesce(1) */ id, if(id < 20, 'low', 'high') from range(0, 50, 1, 1)",
    "delete from TABLE_HERE where id % 7 = 3",
    "delete from TABLE_HERE where id in (0, 1, 49)",
    "update TABLE_HERE set id = id + 100 where id = 20",
    "delete from TABLE_HERE where part = 'low' and id > 4",
)

by_spark(
    "column-mapping-name",
    "create table TABLE_HERE (`a b` long, nested struct<x: int, `y,z`: string>, part string, gone int) using delta partitioned by (part)"
    " tblproperties ('delta.columnMapping.mode' = 'name')",
    "insert into TABLE_HERE values (1, named_struct('x', 1, 'y,z', 'one'), 'p/1', 1), (2, null, null, 2)",
    "alter table TABLE_HERE rename column `a b` to renamed",
    "alter table TABLE_HERE rename column nested.x to inner",
    "alter table TABLE_HERE rename column part to `the part`",
    "alter table TABLE_HERE drop column gone",
    "alter table TABLE_HERE add columns (gone string, list array<struct<k: int>>)",
    "insert into TABLE_HERE values (3, named_struct('inner', 3, 'y,z', 'three'), 'p=3 ', 'back', array(named_struct('k', 7), null))",
)

by_spark(
    "column-mapping-id",
    "create table TABLE_HERE (id long, nested struct<x: int, m: map<string, struct<v: long>>>) using delta"
    " tblproperties ('delta.columnMapping.mode' = 'id')",
    "insert into TABLE_HERE values (1, named_struct('x', 1, 'm', map('k', named_struct('v', 5))))",
    "alter table TABLE_HERE rename column nested.m.value.v to w",
    "alter table TABLE_HERE rename column id to key",
    "insert into TABLE_HERE values (2, named_struct('x', null, 'm', map('l', named_struct('w', 6), 'j', null))), (3, null)",
)

by_spark(
    "type-widening",
    "create table TABLE_HERE (tiny byte, i int, f float, d decimal(5,2), day date, s struct<a: short, l: array<int>>) using delta"
    " tblproperties ('delta.enableTypeWidening' = 'true', 'delta.feature.timestampNtz' = 'supported')",
    "insert into TABLE_HERE values (-128, 2147483647, 0.1, 123.45, date'1969-12-31', named_struct('a', 7, 'l', array(1, null)))",
    "alter table TABLE_HERE alter column tiny type int",
    "alter table TABLE_HERE alter column i type long",
    "alter table TABLE_HERE alter column f type double",
    "alter table TABLE_HERE alter column d type decimal(12,4)",
    "alter table TABLE_HERE alter column day type timestamp_ntz",
    "alter table TABLE_HERE alter column s.a type int",
    "alter table TABLE_HERE alter column s.l.element type long",
    "insert into TABLE_HERE values (70000, 9223372036854775807, 0.25D, 12345678.9876, timestamp_ntz'2024-02-29 12:34:56.789',"
    " named_struct('a', 70000, 'l', array(9000000000)))",
)

by_spark(
    "partition-values",
    "create table TABLE_HERE (id int, s string, d date, ts timestamp, ntz timestamp_ntz, dec decimal(10,3), b boolean, l long, f float,"
    " bin binary) using delta partitioned by (s, d, ts, ntz, dec, b, l, f, bin)",
    "insert into TABLE_HERE values (1, 'a/b=c%20 d+e:é☃', date'0001-01-01', timestamp'1969-12-31 23:59:59.999999', timestamp_ntz'2024-06-15 19:30:45.5',"
    " -0.050, true, -9223372036854775808, 1.0E10, X'4142'), (2, null, null, null, null, null, null, null, null, null),"
    " (3, '', date'9999-12-31', timestamp'2024-06-15 19:30:45', timestamp_ntz'1900-01-01 00:00:00', 1234567.890, false, 0, float('NaN'), X'43')",
)

by_spark(
    "nested-types",
    "create table TABLE_HERE (id int, by_int map<int, string>, by_day map<date, array<decimal(20,2)>>, by_time map<timestamp, boolean>,"
    " deep array<array<struct<a: binary, b: map<string, double>>>>, r float, t timestamp, n timestamp_ntz, nothing void) using delta",
    "insert into TABLE_HERE values (1, map(2, 'b', 1, null), map(date'2024-01-01', array(1.50, null)),"
    " map(timestamp'2024-01-01 00:00:00.000001', true), array(array(named_struct('a', X'00ff', 'b', map('é', 0.1D, 'z', null))), null, array()),"
    " 0.1, timestamp'1000-01-01 00:00:00', timestamp_ntz'9000-12-31 23:59:59.999999', null),"
    " (2, map(), null, map(), array(), null, null, null, null)",
)

spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
by_spark(
    "int96",
    "create table TABLE_HERE (id int, at timestamp) using delta",
    "insert into TABLE_HERE values (1, timestamp'1969-12-31 23:59:59.999999'), (2, timestamp'9000-12-31 23:59:59.999999'), (3, null)",
)
spark.conf.unset("spark.sql.parquet.outputTimestampType")

by_spark(
    "v2-checkpoint",
    "create table TABLE_HERE (id long) using delta tblproperties ('delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '2')",
    "insert into TABLE_HERE values (1)",
    "insert into TABLE_HERE values (2)",
    "delete from TABLE_HERE where id = 1",
)

by_spark(
    "struct-statistics",
    "create table TABLE_HERE (id long, d decimal(20,2), at timestamp, s string, part int) using delta partitioned by (part) tblproperties"
    " ('delta.checkpointInterval' = '2', 'delta.checkpoint.writeStatsAsJson' = 'false', 'delta.checkpoint.writeStatsAsStruct' = 'true')",
    "insert into TABLE_HERE values (1, 0.05, timestamp'2024-01-01 00:00:00.123456', 'é', 1)",
    "insert into TABLE_HERE values (9007199254740993, 123456789012345678.90, null, null, 2)",
    "insert into TABLE_HERE values (3, null, null, null, null)",
)

by_spark(
    "in-commit-timestamps",
    "create table TABLE_HERE (id long) using delta",
    "insert into TABLE_HERE values (1)",
    "alter table TABLE_HERE set tblproperties ('delta.enableInCommitTimestamps' = 'true')",
    "insert into TABLE_HERE values (2)",
)

by_spark(
    "constraints",
    "create table TABLE_HERE (id long not null, twice long generated always as (id * 2)) using delta",
    "alter table TABLE_HERE add constraint small check (id < 1000)",
    "insert into TABLE_HERE (id) values (1), (999)",
)


def by_deltalake(name: str, *steps) -> None:
    if only and name not in only:
        return
    shutil.rmtree(golden / name, ignore_errors=True)
    path = str(golden / name / "table")
    for step in steps:
        step(path)
    expect(name)


def rows(**columns) -> pa.Table:
    return pa.table(columns)


by_deltalake(
    "deltalake-partitioned",
    lambda path: write_deltalake(
        path, rows(id=pa.array([1, 2, 3], pa.int64()), p=["x y", None, "a/b"]), partition_by=["p"]
    ),
    lambda path: write_deltalake(
        path,
        rows(id=pa.array([4], pa.int64()), p=["x y"], more=pa.array([[1, None]], pa.list_(pa.int32()))),
        mode="append",
        schema_mode="merge",
    ),
    lambda path: DeltaTable(path).create_checkpoint(),
    lambda path: DeltaTable(path).delete("id = 1"),
)

by_deltalake(
    "deltalake-types",
    lambda path: write_deltalake(
        path,
        rows(
            i8=pa.array([-128, None], pa.int8()),
            i64=pa.array([2**63 - 1, -(2**63)], pa.int64()),
            f=pa.array([0.1, float("nan")], pa.float32()),
            d=pa.array([0.1, float("-inf")], pa.float64()),
            small=pa.array([Decimal("-0.05"), Decimal("9.99")], pa.decimal128(3, 2)),
            large=pa.array([Decimal("12345678901234567890123456789012345.678"), None], pa.decimal128(38, 3)),
            text=pa.array(["é\u0001\"\\☃😀", ""], pa.string()),
            raw=pa.array([b"\x00\xff", b""], pa.binary()),
            day=pa.array([date(1969, 12, 31), date(2024, 2, 29)], pa.date32()),
            at=pa.array([datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc), None], pa.timestamp("us", "UTC")),
            local=pa.array([datetime(2024, 2, 29, 1, 2, 3, 4), None], pa.timestamp("us")),
            group=pa.array([{"a": None, "b": [True]}, None], pa.struct([("a", pa.int32()), ("b", pa.list_(pa.bool_()))])),
            pairs=pa.array([[("k", 1), ("j", None)], []], pa.map_(pa.string(), pa.int16())),
        ),
    ),
)

print(json.dumps(made))
