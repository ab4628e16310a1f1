import { Buffer } from 'node:buffer';
import avsc from 'avsc';

const empty = 0xc15d213aa4d7a795n;

const table = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ (empty & -(value & 1n));
  return value;
});

/** CRC-64-AVRO of a schema's Parsing Canonical Form, the highest byte first ("Schema Fingerprints" in Avro's specification). */
export function schemaFingerprint(schemaText: string): Buffer {
  const type = avsc.Type.forSchema(JSON.parse(schemaText), { wrapUnions: true });
  const canonical = JSON.stringify(type.schema({ exportAttrs: false }));
  const sum = Buffer.from(canonical, 'utf8').reduce(
    (value, byte) => (value >> 8n) ^ (table[Number((value ^ BigInt(byte)) & 0xffn)] as bigint),
    empty,
  );
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(sum);
  return bytes;
}
