import { constants, zstdCompressSync } from 'node:zlib';
import type { DataSet } from '../data-sets.ts';
import type { Prepare } from './case.ts';

type Kind = 'ts' | 'f64' | 'bool' | 'json' | 'dict';
type Layout = [name: string, kind: Kind][];
interface Prototypes {
  fromBase64(layout: Layout, base64: readonly string[]): unknown;
  encode(options: object, columns: unknown, rows: number, how: object): Uint8Array;
  WasmScan: new (layout: Layout) => { run(base64: readonly string[]): unknown };
}

const kinds: Record<string, Kind> = { timestamp: 'ts', double: 'f64', boolean: 'bool', string: 'dict' };

const layoutOf = ({ schema, textField }: DataSet): Layout =>
  schema.fields.map(({ name, type }) => [name, name === textField ? 'json' : (kinds[type as string] as Kind)]);

const how = {
  codec: 'ZSTD',
  compress: (page: Uint8Array) => zstdCompressSync(page, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
};

function load(): Promise<Prototypes> {
  const file = process.env.BENCH_PROTOTYPES;
  if (file === undefined) throw new Error('expected BENCH_PROTOTYPES to name the module of the prototypes');
  return import(file) as Promise<Prototypes>;
}

/** The prototypes' scanner and encoder in plain JavaScript. */
export const javascript: Prepare = async ({ set, base64 }) => {
  const { fromBase64, encode } = await load();
  const layout = layoutOf(set);
  return () => encode({}, fromBase64(layout, base64), base64.length, how);
};

/** The same with the scanner in WebAssembly: without a slow path, so for records without escapes only. */
export const webAssembly: Prepare = async ({ set, base64 }) => {
  const { WasmScan, encode } = await load();
  const scanner = new WasmScan(layoutOf(set));
  return () => encode({}, scanner.run(base64), base64.length, how);
};
