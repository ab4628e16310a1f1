import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelModule } from '#columnar/kernel/kernel-module.ts';
import { esbuildBundler } from '../../../lib/constructs/function-bundle.ts';
import type { Aim, BenchCase } from '../suite.ts';
import { atMost } from '../suite.ts';

const root = join(import.meta.dirname, '../../..');

const kernelBytesIn = (text: string): number => (text.split(kernelModule).length - 1) * kernelModule.length;

/** Sizes of the functions' bundles, as deployed, WebAssembly counted apart: the kernel's too, which lies in JavaScript as base64. */
export function measureBundles(): { cases: BenchCase[]; aims: Aim[] } {
  const cases: BenchCase[] = [];
  const aims: Aim[] = [];
  for (const folder of ['ingest-kinesis', 'ingest-kafka', 'commit', 'sweep', 'checkpoint', 'divert']) {
    const output = mkdtempSync(join(tmpdir(), 'bundle-'));
    esbuildBundler(root)(folder, output);
    const sizes = { javascriptBytes: 0, webAssemblyBytes: 0 };
    for (const file of readdirSync(output)) {
      const bytes = statSync(join(output, file)).size;
      const kernelBytes = file.endsWith('.mjs') ? kernelBytesIn(readFileSync(join(output, file), 'utf8')) : 0;
      const webAssemblyBytes = file.endsWith('.wasm') ? bytes : kernelBytes;
      sizes.webAssemblyBytes += webAssemblyBytes;
      sizes.javascriptBytes += bytes - webAssemblyBytes;
    }
    rmSync(output, { recursive: true });
    cases.push({ name: `bundle of ${folder}`, values: sizes });
    if (!['sweep', 'checkpoint', 'divert'].includes(folder))
      aims.push(atMost(`bundle of ${folder}, bytes of JavaScript`, sizes.javascriptBytes, 1_000_000));
  }
  return { cases, aims };
}
