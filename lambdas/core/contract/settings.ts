import { z } from 'zod';
import { alarmSettings } from './alarm-settings.ts';
import { clusterSettings } from './cluster-settings.ts';
import { deadLetterTableFaults } from './dead-letter-settings.ts';
import { deadLetterTable } from './dead-letter-table.ts';
import { duration, wholeSeconds } from './duration.ts';
import { hastyExpiries } from './file-expiry.ts';
import { registryFault } from './format-faults.ts';
import { functionSettings } from './function-settings.ts';
import { type LakeSettings, lakeSettings, outsideLakeFaults } from './lake-settings.ts';
import { maintenanceSettings } from './maintenance-settings.ts';
import { name, tableKey } from './name-settings.ts';
import { arnsElsewhere, region } from './region-settings.ts';
import { registrySettings } from './registry-settings.ts';
import { type Destination, tableKeysOf } from './route-template.ts';
import { type SourceSettings, sourceSettings } from './source-settings.ts';
import { twinsOf } from './source-twins.ts';
import { isTablePattern, mayTakeFrom } from './table-names.ts';
import { type TableSettings, tableSettings } from './table-settings.ts';
import { targetPath } from './transform-target.ts';

export { deadLetterTable };

/** Each is up to six resources of one stack, and five alarms of another. */
const mostSources = 75;

/** Sources that name a consumer group which another one has: [source, that other one, group]. */
function groupMates(sources: Record<string, SourceSettings>): [string, string, string][] {
  const first = new Map<string, string>();
  return Object.entries(sources).flatMap(([source, { origin }]): [string, string, string][] => {
    const group = origin?.kind === 'kafka' ? origin.consumerGroup : undefined;
    if (group === undefined) return [];
    const mate = first.get(group);
    if (mate !== undefined) return [[source, mate, group]];
    first.set(group, source);
    return [];
  });
}

/** Tables whose commits the bucket would deny for a pattern that protects its own: [table, that pattern]. */
const deniedCommits = (tables: Record<string, TableSettings>): [string, string][] =>
  Object.entries(tables).flatMap(([key, { protectLog }]) => {
    if (protectLog) return [];
    const pattern = Object.keys(tables).find(
      (other) => isTablePattern(other) && tables[other]?.protectLog && mayTakeFrom(key, other),
    );
    return pattern === undefined ? [] : [[key, pattern]];
  });

type Tables = Record<string, TableSettings> & Record<typeof deadLetterTable, TableSettings>;

/** Transforms of sources that fill columns which their tables neither have nor may be given: [source, target, column]. */
function homeless(sources: Record<string, SourceSettings>, tables: Record<string, TableSettings>) {
  return Object.entries(sources).flatMap(([source, { table, route, transforms }]) =>
    tableKeysOf({ table, route }, tables).flatMap((key) => {
      const { schema, evolution } = tables[key] ?? { schema: 'infer', evolution: 'add' };
      if (schema === 'infer' || evolution === 'add') return [];
      const columns = new Set(schema.map((column) => column.name.toLowerCase()));
      return Object.keys(transforms).flatMap((target) => {
        const [column] = targetPath(target) ?? [];
        const hasHome = column === undefined || columns.has(column.toLowerCase());
        return hasHome ? [] : [{ source, table: key, target, column }];
      });
    }),
  );
}

/** What is wrong with where a source's records go: `path` within the source. */
function destinationFaults({ table, route }: Destination, tables: Readonly<Record<string, unknown>>) {
  if (table === deadLetterTable) {
    return [{ path: ['table'], message: `expected a table other than ${deadLetterTable}; got it` }];
  }
  if (table !== undefined && !Object.hasOwn(tables, table)) {
    return [{ path: ['table'], message: `expected a table named under tables; got "${table}"` }];
  }
  if (route !== undefined && tableKeysOf({ route }, tables).every((key) => key === deadLetterTable)) {
    const message = `expected a table or pattern under tables that it may come to; got "${route.table}"`;
    return [{ path: ['route', 'table'], message }];
  }
  return [];
}

/** Only S3 has the log store that tables have by default. */
const withDeadLetters = (tables: Record<string, TableSettings>, lake: LakeSettings): Tables => ({
  ...tables,
  [deadLetterTable]:
    tables[deadLetterTable] ?? tableSettings.parse(lake.kind === 's3' ? {} : { logStore: 'conditional' }),
});

/** One environment: the whole of `config/<env>.yaml`. */
export const settings = z
  .strictObject({
    region: region
      .default('us-east-1')
      .describe(
        'The AWS region, in which streams, clusters, secrets, keys and topics that are there already have to be.',
      ),
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected a 12-digit account number, in quotes')
      .optional()
      .describe('The only AWS account to deploy to. Absent: the account of the credentials at hand.'),
    retainData: z
      .boolean()
      .default(true)
      .describe(
        'Whether streams, clusters, tables and the bucket outlive their stacks. False is for environments that may vanish; a bucket is deleted once it is empty.',
      ),
    logRetention: duration
      .prefault('30d')
      .describe("How long functions' logs are kept: a period that CloudWatch Logs offers, such as 7d, 30d or 365d."),
    wakeWindow: wholeSeconds
      .prefault('5s')
      .describe(
        'How long wake-ups gather before a commit starts, up to 300s. Longer: fewer executions, later commits.',
      ),
    repairWindow: wholeSeconds
      .prefault('60s')
      .describe(
        "How long S3's events of expired files gather before a repair starts, up to 300s. Longer: fewer, larger commits.",
      ),
    lake: lakeSettings
      .prefault({ kind: 's3' })
      .describe('Where tables lie. Ledger and functions are on AWS wherever that is.'),
    clusters: z.record(name, clusterSettings).default({}).describe('Kafka clusters, by name.'),
    registries: z.record(name, registrySettings).default({}).describe('Registries of schemas, by name.'),
    sources: z
      .record(name, sourceSettings)
      .refine(
        (sources) => Object.keys(sources).length <= mostSources,
        `expected ${mostSources} sources at most, since a stack may have 500 resources: another environment may have more`,
      )
      .describe(`What feeds the pipeline, by name; ${mostSources} at most.`),
    tables: z
      .record(tableKey, tableSettings)
      .describe(
        'Delta tables, by name; `dead_letters` is always there. A pattern with one `*` stands for every table that routes make under such a name and that nothing longer names.',
      ),
    functions: functionSettings.prefault({}).describe('Sizes of functions.'),
    maintenance: maintenanceSettings.prefault({}).describe('How tables are looked after.'),
    deltaLogTable: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'expected the name of a DynamoDB table')
      .optional()
      .describe(
        'A DynamoDB table of S3DynamoDBLogStore that is there already, such as `delta_log`, in this account and region, encrypted with a key of AWS: Spark and Flink go on using it. Absent: the stack makes one.',
      ),
    glueDatabase: z
      .string()
      .regex(/^[a-z0-9_]{1,255}$/, 'expected lower-case letters, digits and _')
      .optional()
      .describe(
        'A Glue Data Catalog database that the stack makes and that lists every table for Athena. Absent: none.',
      ),
    alarms: alarmSettings.describe('When somebody is called, and how.'),
  })
  .superRefine((value, context) => {
    for (const [source, { table, route, origin, format }] of Object.entries(value.sources)) {
      const fault = registryFault(format, value.registries);
      if (fault !== undefined) {
        context.addIssue({ code: 'custom', path: ['sources', source, 'format', 'registry'], message: fault });
      }
      for (const { path, message } of destinationFaults({ table, route }, value.tables)) {
        context.addIssue({ code: 'custom', path: ['sources', source, ...path], message });
      }
      if (origin?.kind === 'kafka' && !Object.hasOwn(value.clusters, origin.cluster)) {
        context.addIssue({
          code: 'custom',
          path: ['sources', source, 'kafka', 'cluster'],
          message: `expected a cluster named under clusters; got "${origin.cluster}"`,
        });
      }
    }
    for (const [path, itsRegion] of arnsElsewhere(value, value.region)) {
      context.addIssue({
        code: 'custom',
        /** Only streams have ARNs among what a source reads. */
        path: path.map((key, depth) => (depth === 2 && key === 'origin' ? 'kinesis' : key)),
        message: `expected one of the region ${value.region}, since functions, mappings and alarms reach what is in their own region alone; got ${itsRegion}`,
      });
    }
    for (const { source, table, target, column } of homeless(value.sources, value.tables)) {
      context.addIssue({
        code: 'custom',
        path: ['sources', source, 'transforms', target],
        message: `expected a column that tables.${table} declares, since it takes no others; got "${column}"`,
      });
    }
    for (const [path, message] of outsideLakeFaults(value.lake, value))
      context.addIssue({ code: 'custom', path, message });
    for (const [table, pattern] of hastyExpiries(value.tables)) {
      context.addIssue({
        code: 'custom',
        path: ['tables', table, 'expireAfter'],
        message: `expected no longer than tables.${pattern} has: S3's rule for that pattern is about these files too; got longer`,
      });
    }
    for (const [source, twin] of twinsOf(value.sources, value.clusters)) {
      context.addIssue({
        code: 'custom',
        path: ['sources', source],
        message: `expected another origin or another table than sources.${twin} has: each record would become two rows; got the same`,
      });
    }
    for (const [source, mate, group] of groupMates(value.sources)) {
      context.addIssue({
        code: 'custom',
        path: ['sources', source, 'kafka', 'consumerGroup'],
        message: `expected another group than sources.${mate} has, since members of one group share what there is to read; got "${group}" again`,
      });
    }
    for (const [table, pattern] of deniedCommits(withDeadLetters(value.tables, value.lake))) {
      context.addIssue({
        code: 'custom',
        path: ['tables', table, 'protectLog'],
        message: `expected true, with logStore: conditional, as tables.${pattern} has it: the bucket's policy for that pattern is about this log too; got false`,
      });
    }
    for (const [path, message] of deadLetterTableFaults(value)) context.addIssue({ code: 'custom', path, message });
  })
  .transform(({ logRetention, wakeWindow, repairWindow, ...value }) => ({
    ...value,
    logRetentionMs: logRetention,
    wakeWindowMs: wakeWindow,
    repairWindowMs: repairWindow,
    tables: withDeadLetters(value.tables, value.lake),
  }));

type Parsed = z.output<typeof settings>;

/** Settings as functions and stacks see them: parsed, defaults filled in, with the environment's name. */
export interface Settings extends Parsed {
  environment: string;
  /** What the schema files hold that formats name, in base64, by the paths they are named by. */
  schemaFiles?: Record<string, string>;
}
