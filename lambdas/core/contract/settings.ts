import { z } from 'zod';
import { duration } from './duration.ts';
import { clusterSettings, name, sourceSettings } from './source-settings.ts';
import { tableSettings } from './table-settings.ts';

/** The table of dead letters, one for each environment; its settings may be given like any table's, its schema may not. */
export const deadLetterTable = 'dead_letters';

const lambda = (memoryMiB: number, timeout: string) =>
  z
    .strictObject({ memoryMiB: z.int().min(128).max(10_240).default(memoryMiB), timeout: duration.prefault(timeout) })
    .transform(({ timeout: time, ...rest }) => ({ ...rest, timeoutMs: time }))
    .prefault({});

/** One environment: the whole of `config/<env>.yaml`. */
export const settings = z
  .strictObject({
    region: z.string().default('us-east-1'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected a 12-digit account number')
      .optional(),
    /** False lets `cdk destroy` delete bucket and tables: for environments that may vanish. */
    retainData: z.boolean().default(true),
    /** How long functions' logs are kept: a period that CloudWatch Logs offers, such as 7d, 30d or 365d. */
    logRetention: duration.prefault('30d'),
    /** How long wake-ups gather before a commit starts, in whole seconds up to 300s: fewer executions, later commits. */
    wakeWindow: duration
      .refine((value) => value % 1000 === 0 && value <= 300_000, 'expected whole seconds, 300s at most')
      .prefault('5s'),
    clusters: z.record(name, clusterSettings).default({}),
    sources: z.record(name, sourceSettings),
    tables: z.record(name, tableSettings),
    functions: z
      .strictObject({
        ingest: lambda(1769, '5m'),
        commit: lambda(1024, '2m'),
        checkpoint: lambda(2048, '10m'),
        sweep: lambda(256, '1m'),
      })
      .prefault({}),
    /** A Glue Data Catalog database that lists every table for Athena. Absent: none. */
    glueDatabase: z
      .string()
      .regex(/^[a-z0-9_]{1,255}$/)
      .optional(),
    alarms: z
      .strictObject({
        /** Where alarms go. Absent: alarms are made and notify nobody. */
        topicArn: z
          .string()
          .regex(/^arn:aws[\w-]*:sns:/)
          .optional(),
        /** Where the runbook is published; alarms link `<runbookUrl>#<section>`. */
        runbookUrl: z.url().default('https://github.com/alluvium-data/alluvium/blob/main/docs/runbook.md'),
        /** Freshness (event arrival → visible) beyond which somebody is called. */
        freshness: duration.prefault('15m'),
      })
      .transform(({ freshness, ...rest }) => ({ ...rest, freshnessMs: freshness }))
      .prefault({}),
  })
  .superRefine((value, context) => {
    for (const [source, { table, origin }] of Object.entries(value.sources)) {
      if (!(table in value.tables)) {
        context.addIssue({
          code: 'custom',
          path: ['sources', source, 'table'],
          message: `expected a table named under tables, got ${table}`,
        });
      }
      if (table === deadLetterTable) {
        context.addIssue({
          code: 'custom',
          path: ['sources', source, 'table'],
          message: `expected a table other than ${deadLetterTable}`,
        });
      }
      if (origin?.kind === 'kafka' && !(origin.cluster in value.clusters)) {
        context.addIssue({
          code: 'custom',
          path: ['sources', source, 'kafka', 'cluster'],
          message: `expected a cluster named under clusters, got ${origin.cluster}`,
        });
      }
    }
    if (value.tables[deadLetterTable] !== undefined && value.tables[deadLetterTable].schema !== 'infer') {
      context.addIssue({
        code: 'custom',
        path: ['tables', deadLetterTable, 'schema'],
        message: 'expected it absent: the schema of dead letters is fixed',
      });
    }
  })
  .transform(({ logRetention, wakeWindow, ...value }) => ({
    ...value,
    logRetentionMs: logRetention,
    wakeWindowMs: wakeWindow,
    tables: { ...value.tables, [deadLetterTable]: value.tables[deadLetterTable] ?? tableSettings.parse({}) },
  }));

type Parsed = z.output<typeof settings>;

/** Settings as functions and stacks see them: parsed, defaults filled in, with the environment's name. */
export interface Settings extends Parsed {
  environment: string;
}
