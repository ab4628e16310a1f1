import type { PayloadType } from '#formats/payload-decoder.ts';
import type { ChangeCause } from '../ledger/schema-change.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';

/** A history names so many of each, and a schema by so many characters: a title may be of any length. */
const mostNamed = 16;
const mostCharacters = 100;

/** Records that bring columns into a table, as its history names them; `records` in the order of each source partition. */
export function causeOf(
  records: readonly { record: SourceRecord; type: PayloadType | undefined }[],
): Extract<ChangeCause, { kind: 'records' }> {
  const ranges = new Map<string, { sourcePartition: string; from: string; to: string }>();
  for (const { record } of records) {
    const sourcePartition = sourcePartitionOf(record);
    const { position } = record;
    const range = ranges.get(sourcePartition);
    if (range === undefined) ranges.set(sourcePartition, { sourcePartition, from: position, to: position });
    else range.to = position;
  }
  const schemas = [...new Set(records.map(({ type }) => type))].flatMap((type) => {
    if (type === undefined || (type.name === undefined && type.id === undefined)) return [];
    const { name, id } = type;
    return [
      { ...(name === undefined ? {} : { name: name.slice(0, mostCharacters) }), ...(id === undefined ? {} : { id }) },
    ];
  });
  return {
    kind: 'records',
    ranges: [...ranges.values()].slice(0, mostNamed),
    ...(schemas.length === 0 ? {} : { schemas: schemas.slice(0, mostNamed) }),
  };
}
