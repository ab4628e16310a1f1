import type { Construct } from 'constructs';
import { environmentVariables, smallFunctionMiB, tablePrefix } from '#contract/environment.ts';
import { tableKeysOf } from '#contract/route-template.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { Environment } from '../environment.ts';
import { allowDataFileTags, allowObjects, type Lake, lakeVariables } from '../grants.ts';
import { PipelineFunction } from './pipeline-function.ts';
import { allowRegistry } from './registry-access.ts';

export interface IngestFunctionProps {
  environment: Environment;
  /** Of the source, in the settings. */
  name: string;
  source: SourceSettings;
  folder: 'ingest-kinesis' | 'ingest-kafka';
  lake: Lake;
}

/**
 * Has glibc keep memory of the size of an event and of files: it gives it back to the system otherwise, each time, and gets it anew
 * page by page (`mallopt(3)`).
 */
const keptMemory = { MALLOC_MMAP_THRESHOLD_: String(32 * 1024 ** 2), MALLOC_TRIM_THRESHOLD_: String(32 * 1024 ** 2) };

/**
 * The function of one source: it may stage data files for its tables and for dead letters, and move cursors; logs it may read. A
 * pattern of table names is one of keys as well, in which IAM's `*` stands for any characters.
 */
export class IngestFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, { environment, name, source, folder, lake }: IngestFunctionProps) {
    const size = environment.settings.functions.ingest;
    const isSmall = size.memoryMiB <= smallFunctionMiB;
    super(scope, id, {
      environment,
      folder,
      noun: `ingest-${name}`,
      size,
      variables: {
        ...lakeVariables(lake, ['lake', 'ledger']),
        [environmentVariables.source]: name,
        ...(isSmall ? {} : keptMemory),
      },
      isStreaming: isSmall,
    });
    this.allow(
      [
        'dynamodb:DescribeTable',
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
      ],
      [lake.ledger.tableArn],
    );
    const tableKeys = [...new Set([...tableKeysOf(source, environment.settings.tables), source.deadLetters.table])];
    const tables = tableKeys.map(tablePrefix);
    const logs = tables.map((table) => `${table}/_delta_log/*`);
    allowObjects(this, lake, { read: logs, write: tables.map((table) => `${table}/*`), neverWrite: logs });
    allowRegistry(this, source, environment.settings.registries);
    allowDataFileTags(this, lake, environment.settings, tableKeys);
  }
}
