"""read_spark.py <jars> <rows folder> <table path …>: reads Delta tables with Spark, a path that ends with @v3 at version 3,
of one that ends with @where=id > 3 the rows for which that holds,
writes their rows down as rows.py does, and prints one JSON object: table name -> version, rows, figures by column."""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t
from rows import write_rows

jars, rows_folder, *paths = sys.argv[1:]
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


def figures(name: str, kind: t.DataType) -> dict:
    column = f.col(".".join(f"`{part}`" for part in name.split(".")))
    out = {"known": f.count(column)}
    if isinstance(kind, (t.ByteType, t.ShortType, t.IntegerType, t.LongType)):
        out["sum"] = f.coalesce(f.sum(column.cast("decimal(38,0)")).cast("string"), f.lit("0"))
    elif isinstance(kind, t.DecimalType):
        out["sum"] = f.coalesce(f.sum(column).cast("string"), f.lit("0"))
    elif isinstance(kind, (t.FloatType, t.DoubleType)):
        out["about"] = f.coalesce(f.sum(column), f.lit(0.0))
    elif isinstance(kind, (t.StringType, t.BinaryType)):
        out["length"] = f.coalesce(f.sum(f.length(column)), f.lit(0))
    elif isinstance(kind, t.TimestampType):
        out |= {"min": f.min(f.unix_micros(column)), "max": f.max(f.unix_micros(column))}
    elif isinstance(kind, t.ArrayType):
        out["items"] = f.coalesce(f.sum(f.when(column.isNotNull(), f.size(column))), f.lit(0))
    nested = {}
    if isinstance(kind, t.StructType):
        for field in kind:
            nested |= figures(f"{name}.{field.name}", field.dataType)
    return {name: out, **nested}


def name_of(path: str) -> str:
    folder, _, condition = path.partition("@where=")
    return Path(folder).name + ("@where" if condition else "")


def read(path: str) -> dict:
    folder, _, condition = path.partition("@where=")
    folder, _, at = folder.partition("@v")
    reader = spark.read.format("delta")
    frame = (reader.option("versionAsOf", at) if at else reader).load(folder)
    if condition:
        frame = frame.where(condition)
    write_rows(rows_folder, name_of(path), (row.asDict(recursive=True) for row in frame.toLocalIterator()))
    wanted = {}
    for field in frame.schema:
        wanted |= figures(field.name, field.dataType)
    flat = [expr.alias(f"{i}|{figure}") for i, each in enumerate(wanted.values()) for figure, expr in each.items()]
    row = frame.agg(f.count(f.lit(1)).alias("rows"), *flat).collect()[0].asDict()
    columns = {name: {figure: row[f"{i}|{figure}"] for figure in each} for i, (name, each) in enumerate(wanted.items())}
    latest = spark.sql(f"describe history delta.`{folder}` limit 1").collect()[0]["version"]
    files = len(frame.inputFiles())
    return {"version": int(at) if at else latest, "rows": row["rows"], "columns": columns, "files": files}


print(json.dumps({name_of(path): read(path) for path in paths}))
