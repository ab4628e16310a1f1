/** Whether a Delta table property is set to true, as Delta's engines read it: in any case. */
export const isTrue = (text: string | undefined): boolean => text?.trim().toLowerCase() === 'true';

type Form = readonly [expected: string, isMet: (text: string) => boolean];

const flag: Form = ['true or false', (text) => /^\s*(true|false)\s*$/i.test(text)];
const wholeFrom = (least: number): Form => [
  `an integer of at least ${least}`,
  (text) => /^\s*-?\d+\s*$/.test(text) && Number(text) >= least && Number.isSafeInteger(Number(text)),
];
const span: Form = [
  'an interval such as "interval 7 days"',
  (text) =>
    /^\s*(interval\s+)?(\d+(\.\d+)?\s+(week|day|hour|minute|second|millisecond|microsecond)s?(\s+|$))+$/i.test(text),
];

/**
 * What values properties may have that say something here; those of `delta/properties.ts`, which reads them, and features of
 * new tables.
 */
const forms: Readonly<Record<string, Form>> = {
  'delta.appendOnly': flag,
  'delta.checkpoint.writeStatsAsJson': flag,
  'delta.checkpoint.writeStatsAsStruct': flag,
  'delta.checkpointInterval': wholeFrom(1),
  'delta.checkpointPolicy': [
    'classic, since new tables have no feature for others',
    (text) => /^\s*classic\s*$/i.test(text),
  ],
  'delta.dataSkippingNumIndexedCols': wholeFrom(-1),
  'delta.deletedFileRetentionDuration': span,
  'delta.enableChangeDataFeed': flag,
  'delta.enableExpiredLogCleanup': flag,
  'delta.enableTypeWidening': flag,
  'delta.isolationLevel': [
    'Serializable, WriteSerializable or SnapshotIsolation',
    (text) => /^\s*(Serializable|WriteSerializable|SnapshotIsolation)\s*$/i.test(text),
  ],
  'delta.logRetentionDuration': span,
  'delta.randomPrefixLength': wholeFrom(1),
  'delta.randomizeFilePrefixes': flag,
  'delta.targetFileSize': [
    'a size such as 134217728 or 128mb',
    (text) => /^\s*0*[1-9]\d{0,15}\s*[bkmgt]?b?\s*$/i.test(text),
  ],
};

/** What was expected of a property of a new table, where its value is not that. */
export function propertyFault(property: string, text: string): string | undefined {
  const form = Object.hasOwn(forms, property) ? forms[property] : undefined;
  return form === undefined || form[1](text) ? undefined : form[0];
}
