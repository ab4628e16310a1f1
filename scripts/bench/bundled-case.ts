import { join, relative, sep } from 'node:path';
import { buildSync } from 'esbuild';

const root = join(import.meta.dirname, '../..');

const nameOf = (file: string): string =>
  relative(import.meta.dirname, file)
    .replaceAll(sep, '-')
    .replace(/\.ts$/, '.mjs');

/**
 * A case as one module, as it would be deployed: compiling TypeScript takes time and memory of its own. It lies where packages
 * are found.
 */
export function bundledCase(file: string, name = nameOf(file)): string {
  const outfile = join(root, 'node_modules/.cache/alluvium', name);
  buildSync({
    absWorkingDir: root,
    entryPoints: [file],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@duckdb/*'],
    logLevel: 'error',
  });
  return outfile;
}
