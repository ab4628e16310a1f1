/** How a Delta table stands in the Glue Data Catalog, whoever enters it: what Athena looks for. */
export const glueTable = {
  tableType: 'EXTERNAL_TABLE',
  parameters: { table_type: 'DELTA', classification: 'delta', EXTERNAL: 'TRUE' },
} as const;
