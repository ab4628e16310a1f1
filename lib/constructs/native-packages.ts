import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a bundle is to run: on this machine, or on Lambda (Linux on arm64). */
export type BundleTarget = 'here' | 'lambda';

/** What stays outside bundles: DuckDB finds its native library by the name of its package. */
export const duckdbPackages = '@duckdb/*';

const lambdaLibrary = '@duckdb/node-bindings-linux-arm64';
const hereLibraries = [`${process.platform}-${process.arch}`, `${process.platform}-${process.arch}-musl`].map(
  (platform) => `@duckdb/node-bindings-${platform}`,
);

/** Puts DuckDB beside a bundle as packages, about 70 MB of Lambda's 250 MB: its JavaScript, and its library for the target. */
export function addDuckdb(root: string, outputFolder: string, target: BundleTarget): void {
  const add = (from: string, name: string) =>
    cpSync(from, join(outputFolder, 'node_modules', name), { recursive: true });
  const installed = (name: string) => join(root, 'node_modules', name);
  for (const name of ['@duckdb/node-api', '@duckdb/node-bindings']) add(installed(name), name);
  if (target === 'lambda') {
    add(libraryForLambda(root), lambdaLibrary);
    return;
  }
  const found = hereLibraries.filter((name) => existsSync(installed(name)));
  if (found.length === 0) throw new Error(`expected one of ${hereLibraries.join(', ')} among the installed packages`);
  for (const name of found) add(installed(name), name);
}

interface Lock {
  packages: Record<string, { version: string; integrity?: string }>;
}

const lockOf = (folder: string): Lock => JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));

/** The library that npm leaves out on other machines, as the lock file has it; fetched once, kept beside the packages. */
function libraryForLambda(root: string): string {
  const place = `node_modules/${lambdaLibrary}`;
  const locked = lockOf(root).packages[place];
  if (locked === undefined) throw new Error(`package-lock.json: expected ${lambdaLibrary}, found no such package`);
  const { version, integrity } = locked;
  const cache = join(root, 'node_modules/.cache/alluvium');
  const kept = join(cache, `${lambdaLibrary.replace('/', '-')}-${version}`);
  if (existsSync(kept)) return kept;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetching-'));
  try {
    /** Optional, as it is among the project's packages: npm refuses to need what this machine could not run. */
    const wanted = { private: true, optionalDependencies: { [lambdaLibrary]: version } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(wanted));
    const platform = ['--os=linux', '--cpu=arm64', '--libc=glibc'];
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', ...platform, ...quiet], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const found = lockOf(folder).packages[place];
    if (found?.integrity !== integrity) {
      throw new Error(`${lambdaLibrary} ${version}: expected integrity ${integrity}, got ${found?.integrity}`);
    }
    if (!existsSync(kept)) renameSync(join(folder, place), kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
