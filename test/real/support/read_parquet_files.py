"""read_parquet_files.py <ours> <other's>: reads two Parquet files of the same rows with pyarrow and Spark, and looks into ours with
parquet-java; prints one JSON object of what each saw."""

import sys

import pyarrow.compute as pc
import pyarrow.parquet as pq
from answer import answer
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t

ours, other = sys.argv[1:]
# Of ours: there, not there but between the least and the greatest, and outside of both.
probes = {"present": "text 012345", "absent": "text 012345x", "outside": "zzz"}


def with_pyarrow() -> dict:
    file = pq.ParquetFile(ours)
    table, wanted = file.read(), pq.ParquetFile(other).read()
    group = file.metadata.row_group(0)
    chunks = [group.column(index) for index in range(group.num_columns)]
    bounds = {}
    for chunk in chunks:
        if "." in chunk.path_in_schema or not chunk.statistics or not chunk.statistics.has_min_max:
            continue
        known = pc.min_max(table[chunk.path_in_schema])
        stats = chunk.statistics
        bounds[chunk.path_in_schema] = {
            "hold": stats.min <= known["min"].as_py() and known["max"].as_py() <= stats.max,
            "nulls": stats.null_count == table[chunk.path_in_schema].null_count,
        }
    return {
        "rows": table.num_rows,
        "same": table.equals(wanted.cast(table.schema)),
        "created": file.metadata.created_by,
        "indexes": all(chunk.has_offset_index and chunk.has_column_index for chunk in chunks),
        "bounds": bounds,
    }


def comparable(column):
    """Maps have no equality in Spark: as JSON, which has all of them."""
    return f.to_json(column.name).alias(column.name) if isinstance(column.dataType, t.MapType) else f.col(column.name)


def with_spark(spark: SparkSession) -> dict:
    table, wanted = spark.read.parquet(ours), spark.read.parquet(other)
    rows, wanted_rows = [each.select(*map(comparable, each.schema)) for each in (table, wanted)]
    jvm = spark._jvm
    api = jvm.org.apache.parquet.filter2.predicate.FilterApi
    compat = jvm.org.apache.parquet.filter2.compat.FilterCompat
    binary = jvm.org.apache.parquet.io.api.Binary
    path = jvm.org.apache.hadoop.fs.Path(ours)
    source = jvm.org.apache.parquet.hadoop.util.HadoopInputFile.fromPath(path, spark._jsc.hadoopConfiguration())

    def rows_left(text: str) -> int:
        """Rows of the pages that parquet-java would read to find a text."""
        wanted_text = api.eq(api.binaryColumn("text"), binary.fromString(text))
        options = jvm.org.apache.parquet.ParquetReadOptions.builder().withRecordFilter(compat.get(wanted_text)).build()
        reader = jvm.org.apache.parquet.hadoop.ParquetFileReader.open(source, options)
        left = reader.getFilteredRecordCount()
        reader.close()
        return left

    def in_filter(text: str) -> bool:
        reader = jvm.org.apache.parquet.hadoop.ParquetFileReader.open(source)
        block = reader.getFooter().getBlocks().get(0)
        chunk = next(each for each in block.getColumns() if each.getPath().toDotString() == "text")
        bloom = reader.getBloomFilterDataReader(block).readBloomFilter(chunk)
        found = bloom.findHash(bloom.hash(binary.fromString(text)))
        reader.close()
        return found

    return {
        "rows": table.count(),
        "missing": wanted_rows.exceptAll(rows).count(),
        "extra": rows.exceptAll(wanted_rows).count(),
        "types": table.dtypes == wanted.dtypes,
        "found": {name: table.where(table.text == text).count() for name, text in probes.items()},
        "left": {name: rows_left(text) for name, text in probes.items()},
        "filter": {name: in_filter(text) for name, text in probes.items()},
    }


session = (
    SparkSession.builder.master("local[2]")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")
answer({"pyarrow": with_pyarrow(), "spark": with_spark(session)})
