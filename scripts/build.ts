/**
 * `npm run build`: compiles the kernel (AssemblyScript) to the module that carries its bytes. `bin/launch.mjs` runs it when
 * sources are newer.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const target = join(root, 'lambdas/core/columnar/kernel/kernel-module.ts');
const scratch = join(root, `node_modules/.cache/alluvium/kernel-${process.pid}`);

/** Shared memory, laid out by the host; no garbage collector, no checks of bounds that the host has made already. */
const options = [
  ...['--outFile', join(scratch, 'kernel.wasm')],
  ...['-O3', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--noExportMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads'],
];

const startedMs = Date.now();
mkdirSync(scratch, { recursive: true });
try {
  const { error, stderr } = await asc.main([
    'lambdas/core/columnar/kernel/assembly/index.ts',
    '--baseDir',
    root,
    ...options,
  ]);
  const diagnostics = stderr.toString();
  if (error !== null) throw new Error(`${diagnostics}\nexpected the kernel to compile: ${error.message}`);
  process.stderr.write(diagnostics);
  const bytes = readFileSync(join(scratch, 'kernel.wasm'));
  const made = join(scratch, 'kernel-module.ts');
  writeFileSync(
    made,
    `/** Made by \`npm run build\` from kernel/*.ts: the WebAssembly module, as base64. */\nexport const kernelModule =\n  '${bytes.toString('base64')}';\n`,
  );
  // Sources that change while they are compiled are newer than what was made of them.
  utimesSync(made, startedMs / 1000, startedMs / 1000);
  renameSync(made, target);
  console.error(`Kernel: ${bytes.length} bytes of WebAssembly in ${Date.now() - startedMs} ms`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
