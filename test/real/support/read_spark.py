"""Reads Delta tables with Spark and prints one JSON object: table path -> version, rows, and for each column

known   values that are not null
sum     exact sum of integers and decimals, as text
about   sum of doubles
length  characters of all strings
min,max of timestamps, in epoch microseconds
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t

jars, paths = sys.argv[1], sys.argv[2:]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", jars)
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.databricks.delta.snapshotPartitions", "2")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def measures(field: t.StructField) -> dict:
    column = f.col(f"`{field.name}`")
    kind = field.dataType
    out = {"known": f.count(column)}
    if isinstance(kind, (t.ByteType, t.ShortType, t.IntegerType, t.LongType)):
        out["sum"] = f.sum(column.cast("decimal(38,0)")).cast("string")
    elif isinstance(kind, t.DecimalType):
        out["sum"] = f.sum(column).cast("string")
    elif isinstance(kind, (t.FloatType, t.DoubleType)):
        out["about"] = f.coalesce(f.sum(column), f.lit(0.0))
    elif isinstance(kind, t.StringType):
        out["length"] = f.coalesce(f.sum(f.length(column)), f.lit(0))
    elif isinstance(kind, t.TimestampType):
        out["min"] = f.min(f.unix_micros(column))
        out["max"] = f.max(f.unix_micros(column))
    return out


def read(path: str) -> dict:
    frame = spark.read.format("delta").load(path)
    wanted = {field.name: measures(field) for field in frame.schema}
    flat = [expr.alias(f"{i}|{m}") for i, ms in enumerate(wanted.values()) for m, expr in ms.items()]
    row = frame.agg(f.count(f.lit(1)).alias("rows"), *flat).collect()[0].asDict()
    columns = {
        name: {m: ("0" if m == "sum" and row[f"{i}|{m}"] is None else row[f"{i}|{m}"]) for m in ms}
        for i, (name, ms) in enumerate(wanted.items())
    }
    version = spark.sql(f"describe history delta.`{path}` limit 1").collect()[0]["version"]
    return {"version": version, "rows": row["rows"], "columns": columns}


print(json.dumps({path: read(path) for path in paths}))
