import { decode, encode, Token, Type } from 'cborg';
import { KinesisError } from './kinesis-error.ts';

/** How requests and answers are written: AWS JSON 1.1 or AWS CBOR 1.1. */
export interface WireFormat {
  parse(body: Buffer): unknown;
  format(answer: object): Buffer;
}

/** Bytes become base64, dates seconds with a fraction. */
function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, toJson(field)]));
}

const json: WireFormat = {
  parse: (body) => JSON.parse(body.toString('utf8')),
  format: (answer) => Buffer.from(JSON.stringify(toJson(answer))),
};

/** Times are tag 1 with milliseconds; absent fields are left out. */
const timeTag = 1;
const cbor: WireFormat = {
  parse: (body) =>
    decode(body, {
      tags: Object.assign([], { [timeTag]: (inner: () => unknown) => new Date(Number(inner())) }),
    }),
  format: (answer) =>
    Buffer.from(
      encode(answer, {
        ignoreUndefinedProperties: true,
        typeEncoders: {
          Date: (date: Date) => [new Token(Type.tag, timeTag), new Token(Type.uint, date.getTime())],
        },
      }),
    ),
};

/** The format that a content type asks for. */
export function wireFormat(contentType: string | undefined): WireFormat {
  if (contentType?.startsWith('application/x-amz-json-1.1')) return json;
  if (contentType?.startsWith('application/x-amz-cbor-1.1')) return cbor;
  throw new KinesisError(
    'UnknownOperationException',
    `Content-Type ${contentType}: expected application/x-amz-json-1.1 or application/x-amz-cbor-1.1`,
  );
}
