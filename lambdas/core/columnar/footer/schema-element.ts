import { ThriftReader } from './thrift-reader.ts';
import { ThriftWriter } from './thrift-writer.ts';

/** An element of a Parquet schema, fields by id (parquet.thrift): binaries are bytes. */
export interface SchemaElement {
  /** Physical type; absent for groups. */
  field_1?: number;
  field_2?: number;
  /** 0 required, 1 optional, 2 repeated. */
  field_3?: number;
  /** Name. */
  field_4: Uint8Array;
  /** Number of children. */
  field_5?: number;
  field_6?: number;
  field_7?: number;
  field_8?: number;
  /** Field id. */
  field_9?: number;
  /** Logical type: a union, one member by its id. */
  field_10?: Record<string, unknown>;
  /** The whole struct as it was written: what is copied loses nothing. */
  bytes: Uint8Array;
}

const nameField = 4;

/** Elements of a list of them, depth first, the root first. */
export function elementsOf(schema: Uint8Array): SchemaElement[] {
  const reader = new ThriftReader(schema);
  const elements: SchemaElement[] = [];
  for (let left = reader.list(); left > 0; left--) {
    const start = reader.at;
    const fields = reader.struct() as unknown as Omit<SchemaElement, 'bytes'>;
    elements.push({ ...fields, bytes: schema.subarray(start, reader.at) });
  }
  return elements;
}

/** The same element by another name. */
export function renamed(element: SchemaElement, name: Uint8Array): SchemaElement {
  const reader = new ThriftReader(element.bytes);
  const writer = new ThriftWriter();
  writer.begin();
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    const { at, type } = reader;
    reader.skip();
    if (id === nameField) writer.binary(id, name);
    else writer.copy(id, type, element.bytes, at, reader.at);
  }
  writer.end();
  return { ...element, field_4: name, bytes: writer.bytes };
}
