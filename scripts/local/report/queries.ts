const sparkPackage = 'io.delta:delta-spark_4.1_2.13:4.4.0';
const sparkSettings = [
  'spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension',
  'spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog',
];

/** Commands for a shell that show a table's first rows in three engines. `path`: absolute folder of the table. */
export const queriesOf = (path: string): Record<'DuckDB' | 'Polars' | 'Spark', string> => ({
  DuckDB: `duckdb -c "INSTALL delta; LOAD delta; FROM delta_scan('${path}') LIMIT 10"`,
  Polars: `python3 -c "import polars; print(polars.scan_delta('${path}').head(10).collect())"`,
  Spark: `spark-sql --packages ${sparkPackage} ${sparkSettings.map((setting) => `--conf ${setting}`).join(' ')} -e "SELECT * FROM delta.\\\`${path}\\\` LIMIT 10"`,
});
