import { z } from 'zod';
import { clusterSettings } from './cluster-settings.ts';
import { deadLetterTableFaults } from './dead-letter-settings.ts';
import { deadLetterTable } from './dead-letter-table.ts';
import { duration, wholeSeconds } from './duration.ts';
import { hastyExpiries } from './file-expiry.ts';
import { registryFault } from './format-faults.ts';
import { type LakeSettings, lakeSettings, outsideLakeFaults } from './lake-settings.ts';
import { name, tableKey } from './name-settings.ts';
import { registrySettings } from './registry-settings.ts';
import { type Destination, tableKeysOf } from './route-template.ts';
import { type SourceSettings, sourceSettings } from './source-settings.ts';
import { twinsOf } from './source-twins.ts';
import { isTablePattern, mayTakeFrom } from './table-names.ts';
import { type TableSettings, tableSettings } from './table-settings.ts';
import { targetPath } from './transform-target.ts';

export { deadLetterTable };

const oneProcessorMiB = 1769;

const functionSize = (memoryMiB: number, timeout: string) => ({
  memoryMiB: z.int().min(128).max(10_240).default(memoryMiB).describe('Memory; 1769 is one processor.'),
  timeout: duration
    .refine((value) => value % 1000 === 0 && value >= 1000 && value <= 900_000, {
      message: 'expected whole seconds from 1s to 15m',
    })
    .prefault(timeout)
    .describe('The longest that one invocation may take, 15m at most.'),
});

const withTimeoutMs = <T extends { timeout: number }>({ timeout: timeoutMs, ...rest }: T) => ({ ...rest, timeoutMs });

const lambda = (memoryMiB: number, timeout: string) =>
  z.strictObject(functionSize(memoryMiB, timeout)).transform(withTimeoutMs).prefault({});

/** From here on Lambda gives a function two processors. */
const twoProcessorsMiB = 2 * oneProcessorMiB;

const ingestFunction = z
  .strictObject({
    ...functionSize(oneProcessorMiB, '5m'),
    secondCore: z
      .boolean()
      .default(false)
      .describe(
        `Whether a second thread scans and encodes half of each batch of plain JSON with 6,000 records or more, into a row group of its own. It takes memoryMiB of ${twoProcessorsMiB} or more, which is two processors.`,
      ),
  })
  .transform(withTimeoutMs)
  .prefault({});

const scheduleText = z
  .string()
  .regex(
    /^(never|rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\(\S+( \S+){5}\))$/,
    'expected rate(1 day), rate(6 hours), cron(0 3 * * ? *) or never',
  )
  .refine((text) => !text.startsWith('cron(') || daysOf(text).filter((field) => field === '?').length === 1, {
    message: 'expected ? as the day of the month or as the day of the week, and as one of them alone',
  });

/** Of a cron expression, the day of the month and the day of the week. */
function daysOf(text: string): (string | undefined)[] {
  const fields = text.slice('cron('.length, -1).split(' ');
  return [fields[2], fields[4]];
}

/** How often a noun of `contract/maintenance.ts` looks after every table. */
const maintenance = <More extends z.ZodRawShape>(schedule: string, does: string, more: More) =>
  z
    .strictObject({
      schedule: scheduleText
        .default(schedule)
        .describe(`When ${does}: as EventBridge writes it, in UTC, or \`never\`, which leaves it to operators.`),
      tablesAtOnce: z.int().min(1).max(40).default(5).describe('Tables looked after at one time.'),
      ...more,
    })
    .prefault({} as never)
    .describe(`One machine for all tables: ${does}.`);

const alarms = z
  .strictObject({
    topicArn: z
      .string()
      .regex(/^arn:aws[\w-]*:sns:/, 'expected the ARN of an SNS topic')
      .optional()
      .describe('An SNS topic that alarms go to. Absent: alarms are made and notify nobody.'),
    runbookUrl: z
      .url()
      .default('https://github.com/alluvium-data/alluvium/blob/main/docs/runbook.md')
      .describe('Where the runbook is published; alarms link `<runbookUrl>#<section>`.'),
    freshness: duration
      .prefault('15m')
      .describe('Freshness (event arrival to visible) beyond which somebody is called.'),
    deadLetters: z
      .int()
      .min(0)
      .default(0)
      .describe('Dead letters of one table within five minutes beyond which somebody is called.'),
    offsetLag: z
      .int()
      .min(1)
      .default(1_000_000)
      .describe('Unread records of one Kafka topic beyond which somebody is called.'),
  })
  .transform(({ freshness, ...rest }) => ({ ...rest, freshnessMs: freshness }))
  .prefault({});

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
    region: z.string().default('us-east-1').describe('The AWS region.'),
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
    sources: z.record(name, sourceSettings).describe('What feeds the pipeline, by name.'),
    tables: z
      .record(tableKey, tableSettings)
      .describe(
        'Delta tables, by name; `dead_letters` is always there. A pattern with one `*` stands for every table that routes make under such a name and that nothing longer names.',
      ),
    functions: z
      .strictObject({
        ingest: ingestFunction.describe('The functions that read sources, one for each.'),
        commit: lambda(1024, '2m').describe('The function that commits.'),
        checkpoint: lambda(2048, '10m').describe('The function that writes checkpoints.'),
        divert: lambda(2048, '10m').describe('The function that makes dead letters of rows that contradict the log.'),
        sweep: lambda(256, '1m').describe('The function that starts due commits each minute.'),
        vacuum: lambda(2048, '15m').describe(
          'The function that deletes files that no retained version of a table names.',
        ),
        logCleanup: lambda(2048, '15m').describe('The function that deletes versions of a table past their retention.'),
        optimize: lambda(3008, '15m').describe(
          'The function that merges small files of one partition: most of its memory is for rows that are written anew.',
        ),
        repair: lambda(2048, '15m').describe('The function that takes missing files of one table out of its log.'),
        repairExpired: lambda(2048, '5m').describe(
          'The function that takes files that S3 has told of as expired out of their logs.',
        ),
        restore: lambda(3008, '15m').describe(
          'The function that makes a table what it was: its memory grows with the files of the table.',
        ),
      })
      .prefault({})
      .describe('Sizes of functions.'),
    maintenance: z
      .strictObject({
        optimize: maintenance('rate(6 hours)', 'small files become large ones', {
          binsAtOnce: z
            .int()
            .min(1)
            .max(1_000)
            .default(10)
            .describe('Files of one table that are written at one time.'),
        }),
        vacuum: maintenance('rate(1 day)', 'files that no retained version names are deleted', {}),
        logCleanup: maintenance('rate(1 day)', 'versions past their retention leave the log', {}),
        repair: maintenance('rate(1 day)', 'files that are gone from S3 leave the log', {}),
      })
      .prefault({})
      .describe('How tables are looked after.'),
    deltaLogTable: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'expected the name of a DynamoDB table')
      .optional()
      .describe(
        'A DynamoDB table of S3DynamoDBLogStore that is there already, such as `delta_log`, in this account and region: Spark and Flink go on using it. Absent: the stack makes one.',
      ),
    glueDatabase: z
      .string()
      .regex(/^[a-z0-9_]{1,255}$/, 'expected lower-case letters, digits and _')
      .optional()
      .describe(
        'A Glue Data Catalog database that the stack makes and that lists every table for Athena. Absent: none.',
      ),
    alarms: alarms.describe('When somebody is called, and how.'),
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
    const { memoryMiB, secondCore } = value.functions.ingest;
    if (secondCore && memoryMiB < twoProcessorsMiB) {
      context.addIssue({
        code: 'custom',
        path: ['functions', 'ingest', 'secondCore'],
        message: `expected functions.ingest.memoryMiB of ${twoProcessorsMiB} or more, which is two processors, for a second core; got ${memoryMiB}`,
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
