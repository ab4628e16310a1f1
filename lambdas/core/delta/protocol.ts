import type { MetaData, Protocol } from './actions.ts';
import { UnsupportedFeature, UnsupportedProtocol } from './errors.ts';
import { properties, validPropertyOf } from './properties.ts';
import { containsPrimitive, fieldsOf, parseSchema, type StructType } from './schema.ts';
import type { Widening } from './schema-growth.ts';

const sharedFeatures = [
  ...['columnMapping', 'deletionVectors', 'timestampNtz', 'typeWidening', 'v2Checkpoint', 'vacuumProtocolCheck'],
];

/** Features whose tables are read here. */
const readableFeatures: ReadonlySet<string> = new Set([...sharedFeatures, 'typeWidening-preview']);

/** Features that appends and checkpoints honour: by their duty, or by refusing while they are active. */
const writableFeatures: ReadonlySet<string> = new Set([
  ...sharedFeatures,
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'domainMetadata',
  'generatedColumns',
  'identityColumns',
  'inCommitTimestamp',
  'invariants',
]);

/**
 * Refuses tables that cannot be read here (PROTOCOL.md, "Table Features" and "Reader Version Requirements").
 *
 * @throws {UnsupportedProtocol} for a reader version past 3.
 * @throws {UnsupportedFeature} for a reader feature that is unknown here.
 */
export function assertReadable(protocol: Protocol): void {
  if (protocol.minReaderVersion > 3) {
    throw new UnsupportedProtocol(`expected minReaderVersion 1 to 3, got ${protocol.minReaderVersion}`);
  }
  if (protocol.minReaderVersion === 3) assertKnown('reader', protocol.readerFeatures, readableFeatures);
}

/**
 * Refuses tables that cannot be written here, appends and checkpoints alike (PROTOCOL.md, "Writer Version Requirements"):
 * what a writer version or feature list names must be known even if unused, and what needs SQL must be unused.
 *
 * @throws {UnsupportedProtocol} for a version past 3 (reader) or 7 (writer).
 * @throws {UnsupportedFeature} for an unknown feature, or an active one that is not implemented.
 */
export function assertWritable(protocol: Protocol, metaData: MetaData): void {
  assertReadable(protocol);
  if (protocol.minWriterVersion > 7) {
    throw new UnsupportedProtocol(`expected minWriterVersion 1 to 7, got ${protocol.minWriterVersion}`);
  }
  if (protocol.minWriterVersion === 7) assertKnown('writer', protocol.writerFeatures, writableFeatures);
  for (const { feature, where } of activeUnimplemented(protocol, metaData)) {
    throw new UnsupportedFeature(`${feature} is active (${where}): expected a table without it`);
  }
}

/** How columns of a table may widen. */
export function wideningOf({ protocol, metaData }: { protocol: Protocol; metaData: MetaData }): Widening {
  if (!supportsTypeWidening(protocol)) return 'never';
  return validPropertyOf(metaData, properties.enableTypeWidening) ? 'any' : 'read';
}

/** Whether files of a table may hold narrower types than its columns (PROTOCOL.md, "Type Widening"). */
export const supportsTypeWidening = ({ readerFeatures = [] }: Pick<Protocol, 'readerFeatures'>): boolean =>
  readerFeatures.some((feature) => feature === 'typeWidening' || feature === 'typeWidening-preview');

function assertKnown(side: string, features: readonly string[] | undefined, known: ReadonlySet<string>): void {
  const unknown = (features ?? []).filter((feature) => !known.has(feature));
  if (unknown.length > 0) {
    throw new UnsupportedFeature(`expected ${side} features among ${[...known].join(', ')}, got ${unknown.join(', ')}`);
  }
}

/** Field metadata whose columns need SQL, or values that this writer does not make up. */
const fieldFeatures: Record<string, string> = {
  'delta.invariants': 'invariants',
  'delta.generationExpression': 'generatedColumns',
  'delta.identity.start': 'identityColumns',
  CURRENT_DEFAULT: 'allowColumnDefaults',
};

function* activeUnimplemented(
  protocol: Protocol,
  { configuration, schemaString }: MetaData,
): Generator<{ feature: string; where: string }> {
  for (const [key, value] of Object.entries(configuration)) {
    if (key.startsWith('delta.constraints.')) yield { feature: 'checkConstraints', where: key };
    if (key === 'delta.columnMapping.mode' && value !== 'none') yield { feature: 'columnMapping', where: key };
    if (key === properties.enableTypeWidening.key && isTrue(value) && !supportsTypeWidening(protocol)) {
      yield { feature: 'typeWidening', where: key };
    }
    if (key === 'delta.enableRowTracking' && isTrue(value)) yield { feature: 'rowTracking', where: key };
    if (key === 'delta.enableInCommitTimestamps' && isTrue(value) && !names(protocol, 'inCommitTimestamp')) {
      yield { feature: 'inCommitTimestamp', where: key };
    }
    if (/^delta\.enableIcebergCompatV\d+$/.test(key) && isTrue(value)) yield { feature: 'icebergCompat', where: key };
  }
  for (const [path, { metadata }] of fieldsOf(parseSchema(schemaString))) {
    for (const [key, feature] of Object.entries(fieldFeatures)) {
      if (key in metadata && isNamed(protocol, feature)) yield { feature, where: `${key} of ${path.join('.')}` };
    }
  }
}

/** As Delta's engines read a property: in any case. */
const isTrue = (text: string | undefined): boolean => text?.trim().toLowerCase() === 'true';

/** Defaults are a named feature only; the others are implied by writer versions, and a stray one is better refused. */
const isNamed = (protocol: Protocol, feature: string): boolean =>
  feature !== 'allowColumnDefaults' || names(protocol, feature);

const names = ({ writerFeatures = [] }: Protocol, feature: string): boolean => writerFeatures.includes(feature);

/**
 * The least protocol that a new table of these columns and properties asks for: (1,2), Spark's own default, wherever it can be.
 *
 * @throws {UnsupportedFeature} for properties whose features new tables are not given here.
 */
export function protocolFor(schema: StructType, configuration: Readonly<Record<string, string>>): Protocol {
  const isOn = (key: string) => isTrue(configuration[key]);
  if (isOn('delta.enableDeletionVectors')) {
    throw new UnsupportedFeature('delta.enableDeletionVectors: expected a new table without deletion vectors');
  }
  if (configuration['delta.checkpointPolicy']?.trim().toLowerCase() === 'v2') {
    throw new UnsupportedFeature('delta.checkpointPolicy: expected a new table with classic checkpoints');
  }
  const changeDataFeed = isOn('delta.enableChangeDataFeed');
  const widens = isOn(properties.enableTypeWidening.key);
  /** A date may become one later. */
  const hasLocalTimes = containsPrimitive(schema, 'timestamp_ntz') || (widens && containsPrimitive(schema, 'date'));
  const features = [...(hasLocalTimes ? ['timestampNtz'] : []), ...(widens ? ['typeWidening'] : [])];
  if (features.length > 0) {
    const legacy = changeDataFeed ? ['changeDataFeed'] : [];
    return {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: features,
      writerFeatures: ['appendOnly', 'invariants', ...legacy, ...features],
    };
  }
  return { minReaderVersion: 1, minWriterVersion: changeDataFeed ? 4 : 2 };
}
