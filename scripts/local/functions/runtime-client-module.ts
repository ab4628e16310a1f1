import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

let text: string | undefined;

/** The runtime client as one module of JavaScript: compiling TypeScript would cost each process of a function what no Lambda pays. */
export function runtimeClientModule(): string {
  text ??= buildSync({
    entryPoints: [fileURLToPath(new URL('runtime-client.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'error',
  }).outputFiles[0]!.text;
  return text;
}
