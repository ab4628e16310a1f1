import avsc from 'avsc';
import { type AvroBody, avroBody } from '#formats/avro/avro-body.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import type { PayloadType } from '#formats/payload-decoder.ts';

/** The reader of a schema, which is known to be usable. */
export function bodyOf(schema: unknown, references: readonly unknown[] = []): AvroBody {
  const body = avroBody(
    JSON.stringify(schema),
    references.map((reference) => JSON.stringify(reference)),
    '7',
  );
  if ('kind' in body) throw new Error(body.message);
  return body;
}

/** Writes as avsc does, with members of unions named. */
export const written = (schema: unknown, value: unknown): Buffer =>
  avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true }).toBuffer(value);

export interface Read {
  record: DecodedRecord;
  type: PayloadType;
}

export function readBody(body: AvroBody, bytes: Uint8Array): Read {
  const decoded = body.decode(bytes);
  if (decoded.kind === 'failure') throw new Error(decoded.message);
  return { record: decoded.record, type: decoded.type as PayloadType };
}

/** A record of one field `f` of a type, written and read again. */
export function fieldRead(type: unknown, value: unknown): { value: unknown; delta: unknown } {
  const schema = { type: 'record', name: 'R', fields: [{ name: 'f', type }] };
  const read = readBody(bodyOf(schema), written(schema, { f: value }));
  return { value: read.record.values[0], delta: read.type.columns?.fields[0]?.type };
}
