import avsc from 'avsc';

/** An Avro container file of these records, as avsc writes it. `schema`: JSON or an `avsc.Type`. */
export async function containerFile(
  schema: object,
  records: Iterable<object>,
  codec: 'null' | 'deflate' = 'deflate',
): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(schema as avsc.Schema, { codec });
  for (const record of records) encoder.write(record);
  encoder.end();
  return Buffer.concat(await Array.fromAsync(encoder as AsyncIterable<Buffer>));
}
