import { z } from 'zod';
import { columnKeyOf, columnNameOf } from './column-name.ts';
import { deadLetterFaults, deadLetterSettings } from './dead-letter-settings.ts';
import { duration, hoursMs, wholeSeconds } from './duration.ts';
import { envelopeSettings } from './envelope-settings.ts';
import { formatSettings } from './format-settings.ts';
import { name } from './name-settings.ts';
import { startingPosition, startingPositionFaults, startingPositions } from './position-settings.ts';
import { routeFaults, routeSettings } from './route-settings.ts';
import { keyArn } from './secret-settings.ts';
import { ExpressionError, parseExpression } from './transform-expression.ts';
import { targetPath } from './transform-target.ts';

const kinesis = z
  .strictObject({
    streamArn: z
      .string()
      .regex(/^arn:aws[\w-]*:kinesis:[\w-]+:\d{12}:stream\/[\w.-]+$/, 'expected the ARN of a Kinesis stream')
      .optional()
      .describe(
        "An existing stream of this region, in this account or in another, whose owner's resource policy lets the function's role read it. Without it the stack makes one.",
      ),
    streamKeyArn: keyArn.describe(
      'The KMS key that an existing stream is encrypted with. Absent: none, or the one that Kinesis has of its own.',
    ),
    shards: z
      .union([z.int().min(1).max(500), z.literal('onDemand')])
      .default('onDemand')
      .describe('Shards of a stream that the stack makes; `onDemand` lets Kinesis decide.'),
    retention: duration
      .refine((value) => value % hoursMs === 0 && value >= 24 * hoursMs && value <= 365 * 24 * hoursMs, {
        message: 'expected whole hours from 24h to 365d',
      })
      .prefault('7d')
      .describe(
        'How long the stream keeps records, 24h to 365d. Of an existing stream, say what it keeps: an alarm sounds when records have waited for a quarter of it.',
      ),
  })
  .refine(({ streamArn, streamKeyArn }) => streamArn !== undefined || streamKeyArn === undefined, {
    path: ['streamKeyArn'],
    message: 'expected it with streamArn alone, since streams that the stack makes have a key of Kinesis',
  })
  .transform(({ retention, ...rest }) => ({ kind: 'kinesis' as const, ...rest, retentionMs: retention }));

const kafka = z
  .strictObject({
    cluster: name.describe('A cluster named under `clusters`.'),
    topic: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,249}$/, 'expected a Kafka topic name')
      .describe('The topic. Its owner makes it, except on the local broker.'),
    partitions: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe("Partitions of a topic that the local broker makes; a real cluster's topics are its owner's."),
    consumerGroup: z
      .string()
      .regex(/^[\w/:+=.@-]{1,200}$/, 'expected 1 to 200 letters, digits and any of _ / : + = . @ -')
      .optional()
      .describe(
        'The consumer group, which no other source has; one that has offsets goes on from them, whatever `startingPosition` says. Absent: `alluvium-<environment>-<source>`.',
      ),
    pollers: z
      .union([
        z.literal('onDemand'),
        z
          .strictObject({
            minimum: z.int().min(1).max(200).describe('Pollers that always run.'),
            maximum: z.int().min(1).max(2000).describe('Pollers at most.'),
          })
          .refine(({ minimum, maximum }) => minimum <= maximum, 'expected minimum to be at most maximum'),
      ])
      .prefault({ minimum: 1, maximum: 2 })
      .describe(
        'Provisioned pollers, or `onDemand`, which cannot answer for parts of a batch: the whole of it is read again, and a cluster that the stack makes gets endpoints for Lambda, STS and Secrets Manager.',
      ),
  })
  .transform((value) => ({ kind: 'kafka' as const, ...value }));

const batch = z
  .strictObject({
    maxRecords: z.int().min(1).max(10_000).default(10_000).describe('Records at most.'),
    window: wholeSeconds
      .prefault('1s')
      .describe('How long to wait for more, in whole seconds up to 300s. Longer: fewer, larger files and later rows.'),
  })
  .transform(({ window, ...rest }) => ({ ...rest, windowMs: window }));

const reservedTargets: ReadonlySet<string> = new Set(['_source', '_partition', '_position']);

/** What is wrong with one transform; nothing where it can be compiled. */
function transformFault(target: string, expression: string, group: 'kafka' | 'kinesis'): string | undefined {
  const [column] = targetPath(target) ?? [];
  if (column === undefined) {
    return `expected a column, or a path such as meta.kafka.offset, to fill; got ${JSON.stringify(target)}`;
  }
  if (reservedTargets.has(column.toLowerCase())) {
    return `expected another column to fill: this one is for position columns; got ${JSON.stringify(target)}`;
  }
  try {
    parseExpression(expression, group);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `${error.message}; got ${JSON.stringify(expression)}`;
  }
}

/** Targets that lie in, or are, what another fills: [target, that other one]; names as columns have them. */
function overlaps(targets: readonly string[]): [string, string][] {
  const keys = targets.map((target) => (targetPath(target) ?? []).map((step) => columnKeyOf(columnNameOf(step))));
  return targets.flatMap((target, index): [string, string][] => {
    const inside = keys.findIndex(
      (key, other) =>
        other !== index &&
        key.length > 0 &&
        (key.length < (keys[index]?.length ?? 0) || other < index) &&
        key.every((step, at) => step === keys[index]?.[at]),
    );
    return inside < 0 ? [] : [[target, targets[inside] as string]];
  });
}

/** What fills a metadata column. */
const metadataText = 'ingest.metadata';

/** Every column that is filled, the metadata's last. */
const targetsOf = ({ transforms, metadataColumn }: { transforms: object; metadataColumn?: string | undefined }) => [
  ...Object.keys(transforms),
  ...(metadataColumn === undefined ? [] : [metadataColumn]),
];

/** One source of records. Exactly one of `kinesis` and `kafka`, and of `table` and `route`. */
export const sourceSettings = z
  .strictObject({
    kinesis: kinesis.optional().describe('A Kinesis stream. Exactly one of `kinesis` and `kafka`.'),
    kafka: kafka.optional().describe('A Kafka topic. Exactly one of `kinesis` and `kafka`.'),
    table: name
      .optional()
      .describe(
        "The table, named under `tables`, that this source's records go to. Exactly one of `table` and `route`.",
      ),
    route: routeSettings.optional().describe("What names each record's table. Exactly one of `table` and `route`."),
    format: formatSettings.prefault('json').describe('How payloads are written.'),
    envelope: envelopeSettings
      .default([])
      .describe('What payloads are packed in, one or a list from the outside in; opened before they are decoded.'),
    tombstones: z
      .enum(['drop', 'deadLetter', 'row'])
      .default('drop')
      .describe('What becomes of a record without a value: dropped and counted, a dead letter, or a row of nulls.'),
    transforms: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        'Columns that JMESPath expressions fill, by name: `topic: kafka.topic`. A dot in the name goes into a struct.',
      ),
    drop: z
      .array(z.string())
      .default([])
      .describe(
        'Fields of records that get no column, once transforms have read them: with a transform, that renames. A dot in the name leads into an object.',
      ),
    metadataColumn: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a column of letters, digits and _')
      .optional()
      .describe(
        'A column of strings that gets JSON of where each record comes from: source, partition, position, timestamp, key and headers, bytes as text where they are UTF-8 and else as `{"base64": …}`. Absent: none.',
      ),
    deadLetters: deadLetterSettings.describe('What becomes of records that cannot become rows.'),
    startingPosition: startingPosition
      .default('TRIM_HORIZON')
      .describe(
        'Where the source is first read: the oldest record kept, the newest, or an instant (ISO 8601 with zone).',
      ),
    startingPositions: startingPositions
      .default({})
      .describe(
        'By partition (`"0": 123`) or shard, the position of the first record that is taken, while the ledger has no cursor for it; earlier ones are skipped and counted. Partitions that are not named begin at their oldest record.',
      ),
    batch: batch
      .prefault({})
      .describe('How many records one invocation gets: whichever of count, 6 MB and window is reached first.'),
    enabled: z
      .boolean()
      .default(true)
      .describe('False stops reading and keeps everything else: the safe step before a source is removed.'),
  })
  .superRefine((value, context) => {
    if ((value.kinesis === undefined) === (value.kafka === undefined)) {
      context.addIssue({
        code: 'custom',
        message: `expected exactly one of kinesis and kafka; got ${value.kafka === undefined ? 'neither' : 'both'}`,
      });
    }
    if (value.envelope.length > 0 && value.format.kind === 'avro' && value.format.framing === 'container') {
      context.addIssue({
        code: 'custom',
        path: ['envelope'],
        message: 'expected none around container files, which compress what they hold; got some',
      });
    }
    if ((value.table === undefined) === (value.route === undefined)) {
      context.addIssue({
        code: 'custom',
        message: `expected exactly one of table and route; got ${value.table === undefined ? 'neither' : 'both'}`,
      });
    }
    const kind = value.kafka === undefined ? 'kinesis' : 'kafka';
    for (const [placeholder, message] of value.route === undefined ? [] : routeFaults(value.route, kind)) {
      context.addIssue({ code: 'custom', path: ['route', 'by', placeholder], message });
    }
    const starts = { kind, start: value.startingPosition } as const;
    for (const [partition, message] of startingPositionFaults(value.startingPositions, starts)) {
      const path = partition === '' ? [] : [partition];
      context.addIssue({ code: 'custom', path: ['startingPositions', ...path], message });
    }
    for (const [index, field] of value.drop.entries()) {
      if (targetPath(field) !== undefined) continue;
      const message = `expected a field, or a path such as meta.internal, to drop; got ${JSON.stringify(field)}`;
      context.addIssue({ code: 'custom', path: ['drop', index], message });
    }
    for (const [target, other] of overlaps(targetsOf(value))) {
      const message = `expected each column filled once; got it and ${JSON.stringify(other)}`;
      context.addIssue({ code: 'custom', path: ['transforms', target], message });
    }
    for (const [target, expression] of Object.entries(value.transforms)) {
      const message = transformFault(target, expression, kind);
      if (message !== undefined) context.addIssue({ code: 'custom', path: ['transforms', target], message });
    }
    const { metadataColumn } = value;
    const fault = metadataColumn === undefined ? undefined : transformFault(metadataColumn, metadataText, kind);
    if (fault !== undefined) context.addIssue({ code: 'custom', path: ['metadataColumn'], message: fault });
    for (const [column, message] of deadLetterFaults(value.deadLetters, kind)) {
      context.addIssue({ code: 'custom', path: ['deadLetters', 'transforms', column], message });
    }
  })
  .transform(({ kinesis: stream, kafka: topic, transforms, metadataColumn, ...rest }) => ({
    ...rest,
    transforms: metadataColumn === undefined ? transforms : { ...transforms, [metadataColumn]: metadataText },
    origin: (stream ?? topic) as KinesisOrigin | KafkaOrigin,
  }));

export type KinesisOrigin = z.output<typeof kinesis>;
export type KafkaOrigin = z.output<typeof kafka>;
export type SourceSettings = z.output<typeof sourceSettings>;
