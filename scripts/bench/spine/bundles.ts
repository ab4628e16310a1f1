import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { esbuildBundler } from '../../../lib/constructs/function-bundle.ts';
import type { Aim, BenchCase } from '../suite.ts';
import { atMost } from '../suite.ts';

const root = join(import.meta.dirname, '../../..');

/** Sizes of the functions' bundles, as deployed, WebAssembly counted apart. */
export function measureBundles(): { cases: BenchCase[]; aims: Aim[] } {
  const cases: BenchCase[] = [];
  const aims: Aim[] = [];
  for (const folder of ['ingest-kinesis', 'ingest-kafka', 'commit', 'sweep', 'checkpoint', 'divert']) {
    const output = mkdtempSync(join(tmpdir(), 'bundle-'));
    esbuildBundler(root)(folder, output);
    const sizes = { javascriptBytes: 0, webAssemblyBytes: 0 };
    for (const file of readdirSync(output)) {
      sizes[file.endsWith('.wasm') ? 'webAssemblyBytes' : 'javascriptBytes'] += statSync(join(output, file)).size;
    }
    rmSync(output, { recursive: true });
    cases.push({ name: `bundle of ${folder}`, values: sizes });
    if (!['sweep', 'checkpoint', 'divert'].includes(folder))
      aims.push(atMost(`bundle of ${folder}, bytes of JavaScript`, sizes.javascriptBytes, 1_000_000));
  }
  return { cases, aims };
}
