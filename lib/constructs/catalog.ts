import { Aws } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { tablePrefix } from '#contract/environment.ts';
import { glueTable } from '#contract/glue-table.ts';

export interface CatalogProps {
  database: string;
  tables: readonly string[];
  lake: Bucket;
}

/**
 * A Glue database with entries of tables, by which Athena finds them. Columns are absent on purpose: the commit that
 * changes them writes them, and a template that named them would put old ones back.
 */
export class Catalog extends Construct {
  constructor(scope: Construct, id: string, { database, tables, lake }: CatalogProps) {
    super(scope, id);
    const catalogId = Aws.ACCOUNT_ID;
    const made = new CfnDatabase(this, 'Database', {
      catalogId,
      databaseName: database,
      databaseInput: { name: database },
    });
    for (const table of tables) {
      new CfnTable(this, table, {
        catalogId,
        databaseName: database,
        tableInput: {
          name: table,
          tableType: glueTable.tableType,
          parameters: glueTable.parameters,
          storageDescriptor: { location: lake.s3UrlForObject(`${tablePrefix(table)}/`), columns: [] },
        },
      }).addResourceDependency(made);
    }
  }
}
