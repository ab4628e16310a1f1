import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Prepare } from './case.ts';
import { newlineDelimited } from './scratch.ts';

interface Expression {
  str: { strptime(type: unknown, format: string): Expression };
  dt: { replaceTimeZone(zone: string): Expression };
  struct: { jsonEncode(): Expression };
  cast(type: unknown): Expression;
}
interface DataFrame {
  withColumn(column: Expression): DataFrame;
  writeParquet(options: { compression: string }): Uint8Array;
}
interface Polars {
  readJSON(lines: Buffer, options: { format: 'lines' }): DataFrame;
  col(name: string): Expression;
  Datetime: (unit: string) => unknown;
}

const format = '%Y-%m-%dT%H:%M:%S%.fZ';

/** nodejs-polars on one thread, installed apart: `BENCH_POLARS` is the folder. */
export const zstd: Prepare = ({ set, base64, bytes }) => {
  const folder = process.env.BENCH_POLARS;
  if (folder === undefined) throw new Error('expected BENCH_POLARS to name the folder that has nodejs-polars');
  process.env.POLARS_MAX_THREADS = '1';
  const polars = createRequire(join(folder, 'package.json'))('nodejs-polars') as Polars;
  const instant = polars.col('timestamp').str.strptime(polars.Datetime, format).cast(polars.Datetime('us'));
  const { textField } = set;
  return () => {
    let frame = polars.readJSON(newlineDelimited(base64, bytes), { format: 'lines' });
    frame = frame.withColumn(instant.dt.replaceTimeZone('UTC'));
    if (textField !== undefined) frame = frame.withColumn(polars.col(textField).struct.jsonEncode());
    return frame.writeParquet({ compression: 'zstd' });
  };
};
