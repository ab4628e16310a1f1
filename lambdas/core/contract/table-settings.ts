import { z } from 'zod';
import { type ColumnSettings, column } from './column-settings.ts';
import { byteSize, daysMs, duration, hoursMs } from './duration.ts';
import { isTrue, propertyFault } from './property-values.ts';

const reservedColumns: ReadonlySet<string> = new Set(['_source', '_partition', '_position']);

/** Properties that would make the table one that the committer must refuse to write. */
const unwrittenFeatures =
  /^delta\.(columnMapping\.|enableDeletionVectors$|enableRowTracking$|enableInCommitTimestamps|enableIcebergCompat|universalFormat\.|constraints\.|feature\.|coordinatedCommits|minReaderVersion$|minWriterVersion$)/;

/** Whether a table may come to have a column, or a struct's field by its path. */
function mayHold(schema: 'infer' | ColumnSettings[], evolution: string | undefined, named: string): boolean {
  if (schema === 'infer' || evolution === 'add') return true;
  const [root = ''] = named.toLowerCase().split('.');
  return schema.some(({ name }) => [root, named.toLowerCase()].includes(name.toLowerCase()));
}

const rowOrderColumns = z.array(z.string().min(1)).min(1).max(4);

/** One Delta table. */
export const tableSettings = z
  .strictObject({
    schema: z
      .union([z.literal('infer'), z.array(column).min(1)])
      .default('infer')
      .describe(
        '`infer` takes the columns from the records; a list declares them, each with `name`, `type` and `nullable`.',
      ),
    evolution: z
      .enum(['add', 'freeze', 'deadLetter'])
      .optional()
      .describe(
        'What becomes of a record with a column that the table lacks: `add` adds it (the default when inferring), `deadLetter` refuses the record (the default when declared), `freeze` makes a row without it, and counts the record.',
      ),
    maxColumns: z
      .int()
      .min(1)
      .max(10_000)
      .default(2_000)
      .describe(
        'Leaf columns that a table grows to, at most: fields inside of structs count each. Records with more are dead letters.',
      ),
    maxDepth: z
      .int()
      .min(1)
      .max(64)
      .default(32)
      .describe(
        'Levels of nesting that new columns may have: a column is one, a field of a struct, an item of a list or a value of a map one more. Records with deeper ones are dead letters.',
      ),
    nanoseconds: z
      .enum(['deadLetter', 'truncate'])
      .default('deadLetter')
      .describe(
        'What becomes of a time that is finer than the microseconds which columns hold: `deadLetter` refuses its record, `truncate` leaves away what is finer.',
      ),
    partitionBy: z
      .array(z.string())
      .max(8)
      .default([])
      .describe('Columns whose values split the table into folders. Cannot change once the table is there.'),
    latency: duration.prefault('60s').describe('A commit is due when the oldest staged record has waited this long.'),
    minFileBytes: byteSize.prefault('128MiB').describe('A commit is due when this much is staged.'),
    maxRowsPerFile: z.int().min(1).default(1_000_000).describe('A commit is due when this many rows are staged.'),
    logStore: z
      .enum(['dynamodb', 'conditional'])
      .default('dynamodb')
      .describe(
        'Who else may write: `dynamodb` whoever uses S3DynamoDBLogStore (Spark, Flink), `conditional` whoever puts conditionally (delta-rs from 1.6.1, Polars, DuckDB, Trino). Never both.',
      ),
    protectLog: z
      .boolean()
      .default(false)
      .describe(
        "Whether the bucket's policy denies commits that are not put with `If-None-Match`, whoever puts them: no version of the log can be overwritten then, and writers that put plainly fail. Only with `logStore: conditional`, since S3DynamoDBLogStore puts plainly.",
      ),
    checkpointInterval: z.int().min(1).default(10).describe('Versions between two checkpoints.'),
    positionColumns: z
      .boolean()
      .default(false)
      .describe('Adds `_source`, `_partition` and `_position`. Always on in `local` and for dead letters.'),
    compression: z.enum(['zstd', 'snappy', 'none']).default('zstd').describe('Compression of data files.'),
    bloomFilters: z
      .array(z.string())
      .default([])
      .describe(
        'Columns whose values data files keep a Bloom filter of, for queries by one value among many, such as an id. Those of a struct all get one.',
      ),
    properties: z
      .record(z.string(), z.string())
      .default({})
      .describe('Delta table properties set when the table is made, such as `delta.logRetentionDuration`.'),
    expireAfter: duration
      .refine((value) => value > 0 && value % daysMs === 0, 'expected whole days, such as 90d')
      .optional()
      .describe(
        'S3 deletes data files this long after they were put, and repair takes them out of the log: whole days. Files put before the setting stay. Absent: files stay for ever.',
      ),
    optimize: z
      .strictObject({
        targetFileBytes: byteSize
          .prefault('128MiB')
          .describe(
            'Small files of a partition are merged towards this size. `delta.targetFileSize` among the properties of the table wins.',
          ),
        sortBy: rowOrderColumns
          .optional()
          .describe('Rows of merged files are sorted by these columns, so that readers skip more.'),
        zOrderBy: rowOrderColumns
          .optional()
          .describe(
            'Rows of merged files lie along a Z-order curve through these columns: for queries by any one of them. Not together with `sortBy`.',
          ),
        minRowGroupBytes: byteSize
          .prefault('64KiB')
          .describe(
            'Files are merged by copying their row groups as they are; where these are smaller than this on average, rows are written anew.',
          ),
        maxFilesPerRun: z
          .int()
          .min(2)
          .max(100_000)
          .default(20_000)
          .describe('Files that one run merges, at most: the next run goes on.'),
        maxBytesPerRun: byteSize
          .prefault('64GiB')
          .describe('Bytes that one run merges, at most: the next run goes on.'),
      })
      .refine(({ sortBy, zOrderBy }) => sortBy === undefined || zOrderBy === undefined, {
        path: ['zOrderBy'],
        message: 'expected it absent with sortBy, since rows have one order',
      })
      .prefault({})
      .describe('How small files become large ones.'),
    coalesce: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('Whether small files become one before they are committed, rather than by a later optimize.'),
        minFiles: z
          .int()
          .min(2)
          .default(4)
          .describe('Fewer small files of a partition in one commit are committed as they are.'),
        smallFileBytes: byteSize.prefault('16MiB').describe('Only files smaller than this are coalesced.'),
        minRowGroupBytes: byteSize
          .prefault('64KiB')
          .describe(
            'Row groups of as much on average are copied as they are; smaller ones make poor files, so up to 1 MiB of them are written anew as one.',
          ),
        maxBytes: byteSize
          .prefault('64MiB')
          .describe(
            'Bytes that one invocation of the commit function coalesces, at most; other files are committed as they are.',
          ),
        maxTime: duration
          .refine((value) => value > 0 && value <= 60_000, 'expected more than 0 and at most 60s')
          .prefault('10s')
          .describe('What has not become one file by then is committed as it is.'),
      })
      .transform(({ maxTime, ...rest }) => ({ ...rest, maxTimeMs: maxTime }))
      .prefault({})
      .describe('How small files of one commit become one.'),
    vacuum: z
      .strictObject({
        full: z
          .boolean()
          .default(false)
          .describe(
            'Lists every object of the table, and so finds what no log knows of, such as files of attempts that died. Else only files go that the log tells were removed.',
          ),
        maxFiles: z.int().min(1).default(100_000).describe('Files that one run deletes, at most.'),
        maxListed: z
          .int()
          .min(1_000)
          .max(2_000_000)
          .default(500_000)
          .describe('Objects that one invocation lists, at most; the next goes on behind them.'),
      })
      .prefault({})
      .describe('How files that no retained version names are deleted.'),
    logCleanup: z
      .strictObject({
        maxFiles: z.int().min(1).default(100_000).describe('Files of the log that one run deletes, at most.'),
      })
      .prefault({})
      .describe('How versions past `delta.logRetentionDuration` leave the log.'),
    repair: z
      .strictObject({
        maxMissingRatio: z
          .number()
          .min(0)
          .max(1)
          .default(0.05)
          .describe(
            'Of the live files, the part that may be found missing before `expireAfter` says so; past it a repair changes nothing.',
          ),
        maxFilesPerCommit: z
          .int()
          .min(1)
          .max(50_000)
          .default(5_000)
          .describe('Files that one commit removes, at most.'),
        missingWindow: duration
          .refine((value) => value >= hoursMs && value <= 90 * daysMs, { message: 'expected 1h to 90d' })
          .prefault('7d')
          .describe(
            'How long files that were found missing count towards `maxMissingRatio`: what deletes slowly is noticed too.',
          ),
      })
      .transform(({ missingWindow, ...rest }) => ({ ...rest, missingWindowMs: missingWindow }))
      .prefault({})
      .describe('How data files that are gone from S3 leave the log.'),
    maxStagedBytes: byteSize
      .prefault('8GiB')
      .describe('Ingest refuses to stage more for this table while as much waits for the committer.'),
    maxStagedManifests: z
      .int()
      .min(100)
      .default(20_000)
      .describe('Ingest refuses to stage more for this table while as many manifests wait for the committer.'),
  })
  .superRefine((value, context) => {
    if ('delta.setTransactionRetentionDuration' in value.properties) {
      context.addIssue({
        code: 'custom',
        path: ['properties', 'delta.setTransactionRetentionDuration'],
        message: 'expected it absent, since exactly once rests on txn actions that never expire',
      });
    }
    for (const [property, text] of Object.entries(value.properties)) {
      const expected = propertyFault(property, text);
      if (expected !== undefined) {
        const message = `expected ${expected}; got ${JSON.stringify(text)}`;
        context.addIssue({ code: 'custom', path: ['properties', property], message });
      }
      if (!unwrittenFeatures.test(property)) continue;
      context.addIssue({
        code: 'custom',
        path: ['properties', property],
        message: 'expected it absent, since it asks for a Delta feature that is not written here',
      });
    }
    if (value.expireAfter !== undefined && isTrue(value.properties['delta.appendOnly'])) {
      context.addIssue({
        code: 'custom',
        path: ['expireAfter'],
        message: 'expected it absent with delta.appendOnly: expired files could never leave the log',
      });
    }
    if (value.protectLog && value.logStore !== 'conditional') {
      context.addIssue({
        code: 'custom',
        path: ['protectLog'],
        message: `expected it with logStore: conditional alone, since writers by S3DynamoDBLogStore put plainly; got logStore: ${value.logStore}`,
      });
    }
    for (const list of ['sortBy', 'zOrderBy'] as const) {
      for (const [index, named] of (value.optimize[list] ?? []).entries()) {
        const isPartition = value.partitionBy.some((partition) => partition.toLowerCase() === named.toLowerCase());
        if (!isPartition && mayHold(value.schema, value.evolution, named)) continue;
        const wanted = isPartition ? 'a column that is no partition' : 'a column that the table declares';
        const message = `expected ${wanted}, since rows are put in order within a partition's files; got "${named}"`;
        context.addIssue({ code: 'custom', path: ['optimize', list, index], message });
      }
    }
    for (const [index, named] of value.partitionBy.entries()) {
      const isAgain = value.partitionBy.slice(0, index).some((other) => other.toLowerCase() === named.toLowerCase());
      const declared = value.schema === 'infer' ? undefined : value.schema.find(({ name }) => name === named);
      const message = isAgain
        ? 'expected each column once'
        : typeof declared?.type === 'object'
          ? `expected a column of single values, not of type ${declared.type.type}`
          : undefined;
      if (message === undefined) continue;
      context.addIssue({ code: 'custom', path: ['partitionBy', index], message: `${message}; got "${named}"` });
    }
    if (value.schema !== 'infer') {
      const seen = new Set<string>();
      for (const [index, { name: column }] of value.schema.entries()) {
        const key = column.toLowerCase();
        const message = reservedColumns.has(key)
          ? 'expected another name: this one is for position columns'
          : seen.has(key)
            ? 'expected each name once, since names compare without regard to case'
            : undefined;
        if (message !== undefined) {
          context.addIssue({ code: 'custom', path: ['schema', index, 'name'], message: `${message}; got "${column}"` });
        }
        seen.add(key);
      }
      const names = new Set(value.schema.map((field) => field.name));
      if (value.schema.every(({ name }) => value.partitionBy.includes(name))) {
        const message = `expected a column at least that is none of partitions, since files hold no others; got all: ${value.partitionBy.join(', ')}`;
        context.addIssue({ code: 'custom', path: ['partitionBy'], message });
      }
      for (const list of ['partitionBy', 'bloomFilters'] as const) {
        for (const [index, named] of value[list].entries()) {
          if (names.has(named)) continue;
          const message = `expected one of the declared columns; got "${named}"`;
          context.addIssue({ code: 'custom', path: [list, index], message });
        }
      }
    }
  })
  .transform(({ latency, evolution, expireAfter, ...rest }) => ({
    ...rest,
    ...(expireAfter === undefined ? {} : { expireAfterMs: expireAfter }),
    latencyMs: latency,
    evolution: evolution ?? (rest.schema === 'infer' ? ('add' as const) : ('deadLetter' as const)),
  }));

export type TableSettings = z.output<typeof tableSettings>;
