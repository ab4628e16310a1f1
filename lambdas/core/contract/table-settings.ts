import { z } from 'zod';
import { byteSize, duration } from './duration.ts';

/** A declared column type: one of Delta's primitives, `decimal(p,s)`, or a nested type in Delta's own JSON form. */
export type ColumnType =
  | string
  | { type: 'array'; elementType: ColumnType; containsNull: boolean }
  | { type: 'struct'; fields: ColumnSettings[] };

export interface ColumnSettings {
  name: string;
  type: ColumnType;
  nullable: boolean;
}

const primitive = z
  .string()
  .regex(
    /^(string|long|integer|short|byte|float|double|boolean|binary|date|timestamp|timestamp_ntz|decimal\(\d{1,2},\d{1,2}\))$/,
    'expected a Delta type: string, long, integer, short, byte, float, double, boolean, binary, date, timestamp, timestamp_ntz or decimal(p,s)',
  );

const columnType: z.ZodType<ColumnType> = z.lazy(() =>
  z.union([
    primitive,
    z.strictObject({ type: z.literal('array'), elementType: columnType, containsNull: z.boolean().default(true) }),
    z.strictObject({ type: z.literal('struct'), fields: z.array(column).min(1) }),
  ]),
);

/** A column. Names follow Delta's rule for tables without column mapping: none of ` ,;{}()\n\t=`. */
const column: z.ZodType<ColumnSettings> = z.lazy(() =>
  z.strictObject({
    name: z.string().regex(/^[^ ,;{}()\n\t=]+$/, 'expected a column name without any of " ,;{}()=", tab and newline'),
    type: columnType,
    nullable: z.boolean().default(true),
  }),
);

/** One Delta table. */
export const tableSettings = z
  .strictObject({
    /** `infer` takes the columns from the records; a list declares them, and records may not add any unless `evolution` says so. */
    schema: z.union([z.literal('infer'), z.array(column).min(1)]).default('infer'),
    /** Whether records may add columns: `add` (the default when inferring) or `deadLetter` (when declared). */
    evolution: z.enum(['add', 'deadLetter']).optional(),
    partitionBy: z.array(z.string()).max(8).default([]),
    /** A commit is due when the oldest staged record has waited this long … */
    latency: duration.prefault('60s'),
    /** … or this much is staged for the table … */
    minFileBytes: byteSize.prefault('128MiB'),
    /** … or this many rows. */
    maxRowsPerFile: z.int().min(1).default(1_000_000),
    /** Who else writes: see docs/architecture.md, "Commit". */
    logStore: z.enum(['dynamodb', 'conditional']).default('dynamodb'),
    checkpointInterval: z.int().min(1).default(10),
    /** Adds `_source`, `_partition`, `_position`. Always on in `local` and for dead letters. */
    positionColumns: z.boolean().default(false),
    compression: z.enum(['zstd', 'snappy', 'none']).default('zstd'),
    /** Delta table properties set when the table is made, such as `delta.logRetentionDuration`. */
    properties: z.record(z.string(), z.string()).default({}),
    /** Ingest refuses to stage more for this table while as much waits for the committer. */
    maxStagedBytes: byteSize.prefault('8GiB'),
    maxStagedManifests: z.int().min(100).default(20_000),
  })
  .superRefine((value, context) => {
    if ('delta.setTransactionRetentionDuration' in value.properties) {
      context.addIssue({
        code: 'custom',
        path: ['properties', 'delta.setTransactionRetentionDuration'],
        message: 'expected it absent: exactly once rests on txn actions that never expire',
      });
    }
    if (value.schema !== 'infer') {
      const names = new Set(value.schema.map((field) => field.name));
      for (const [index, partition] of value.partitionBy.entries()) {
        if (!names.has(partition)) {
          context.addIssue({
            code: 'custom',
            path: ['partitionBy', index],
            message: `expected one of the declared columns, got ${partition}`,
          });
        }
      }
    }
  })
  .transform(({ latency, evolution, ...rest }) => ({
    ...rest,
    latencyMs: latency,
    evolution: evolution ?? (rest.schema === 'infer' ? ('add' as const) : ('deadLetter' as const)),
  }));

export type TableSettings = z.output<typeof tableSettings>;
