import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelModule } from '#columnar/kernel/kernel-module.ts';
import { esbuildBundler } from '../../../lib/constructs/function-bundle.ts';
import type { Aim, BenchCase } from '../suite.ts';
import { atMost } from '../suite.ts';

const root = join(import.meta.dirname, '../../..');

const kernelBytesIn = (text: string): number => (text.split(kernelModule).length - 1) * kernelModule.length;

const staticImport = /\b(?:import|from)\s*"\.\/([^"]+)"/g;

/** What a cold start loads: the entry, and what is imported before anything runs. */
function filesAtOnce(folder: string): Set<string> {
  const files = new Set(['index.mjs']);
  for (const file of files) {
    for (const [, name] of readFileSync(join(folder, file), 'utf8').matchAll(staticImport)) files.add(name as string);
  }
  return files;
}

/**
 * Sizes of the functions' bundles, as deployed, WebAssembly counted apart: the kernel's too, which lies in JavaScript as base64. The
 * aim is what every cold start loads: formats, registries and other clouds lie beside it for those who ask for them.
 */
export function measureBundles(): { cases: BenchCase[]; aims: Aim[] } {
  const cases: BenchCase[] = [];
  const aims: Aim[] = [];
  for (const folder of ['ingest-kinesis', 'ingest-kafka', 'commit', 'sweep', 'checkpoint', 'divert']) {
    const output = mkdtempSync(join(tmpdir(), 'bundle-'));
    esbuildBundler(root)(folder, output);
    const sizes = { javascriptAtOnceBytes: 0, javascriptBytes: 0, webAssemblyBytes: 0 };
    const atOnce = filesAtOnce(output);
    for (const file of readdirSync(output)) {
      const bytes = statSync(join(output, file)).size;
      const kernelBytes = file.endsWith('.mjs') ? kernelBytesIn(readFileSync(join(output, file), 'utf8')) : 0;
      const webAssemblyBytes = file.endsWith('.wasm') ? bytes : kernelBytes;
      sizes.webAssemblyBytes += webAssemblyBytes;
      sizes.javascriptBytes += bytes - webAssemblyBytes;
      if (atOnce.has(file)) sizes.javascriptAtOnceBytes += bytes - webAssemblyBytes;
    }
    rmSync(output, { recursive: true });
    cases.push({ name: `bundle of ${folder}`, values: sizes });
    if (!['sweep', 'checkpoint', 'divert'].includes(folder))
      aims.push(
        atMost(`bundle of ${folder}, bytes of JavaScript at a cold start`, sizes.javascriptAtOnceBytes, 1_000_000),
      );
  }
  return { cases, aims };
}
