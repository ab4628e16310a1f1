import type { Construct } from 'constructs';
import { environmentVariables, smallFunctionMiB, tablePrefix } from '#contract/environment.ts';
import { destinationPattern, tableKeysOf } from '#contract/route-template.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { Environment } from '../environment.ts';
import { allowDataFileTags, allowObjects, everyLog, type Lake, lakeVariables, mostNamedTables } from '../grants.ts';
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
    const { tables, registries } = environment.settings;
    const ofRoute = tableKeysOf(source, tables);
    const reached = ofRoute.length > mostNamedTables ? [destinationPattern(source)] : ofRoute;
    const prefixes = [...new Set([...reached, source.deadLetters.table])].map(tablePrefix);
    const write = prefixes.map((prefix) => `${prefix}/*`);
    allowObjects(this, lake, {
      read: prefixes.map((prefix) => `${prefix}/_delta_log/*`),
      write,
      neverWrite: [everyLog],
    });
    allowRegistry(this, source, registries);
    const tableKeys = [...new Set([...ofRoute, source.deadLetters.table])];
    allowDataFileTags(this, lake, environment.settings, tableKeys, write);
  }
}
