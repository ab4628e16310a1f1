import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { installOnce, partsFolder } from '../../../test/real/support/parts.ts';
import type { CaseKey } from './cases.ts';
import type { Machine } from './rounds.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const installMs = 120_000;

const polarsVersion = '0.26.1';
/** Named apart, since npm passes over an optional package that it cannot have. */
const polarsBinary = `nodejs-polars-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
const polarsFolder = join(partsFolder, 'nodejs-polars');

/** Where nodejs-polars is found, installed beside the real tests' servers: no dependency of the project. */
async function installPolars(): Promise<string> {
  await installOnce('nodejs-polars', `${polarsBinary} ${polarsVersion}`, async () => {
    mkdirSync(polarsFolder, { recursive: true });
    const install = ['install', '--prefix', polarsFolder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    const packages = ['nodejs-polars', polarsBinary].map((name) => `${name}@${polarsVersion}`);
    await run('npm', [...install, ...packages], { timeout: installMs });
  });
  return polarsFolder;
}

const prototypes = join(root, '../shared/prototypes/json-to-parquet');
const builtPrototypes = join(root, 'node_modules/.cache/alluvium/prototypes');

/** The measured prototypes as one module, their WebAssembly compiled; nothing where their folder is not beside the project. */
async function buildPrototypes(): Promise<string | undefined> {
  if (!existsSync(prototypes)) return undefined;
  const file = join(builtPrototypes, 'lib/prototypes.mjs');
  await build({
    stdin: {
      contents: "export { encode, fromBase64 } from './lib/scan.mjs'; export { WasmScan } from './lib/wasmscan.mjs';",
      resolveDir: prototypes,
    },
    nodePaths: [join(root, 'node_modules')],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'error',
  });
  mkdirSync(join(builtPrototypes, 'wasm'), { recursive: true });
  const options = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'simd'];
  await run(process.execPath, [
    join(root, 'node_modules/assemblyscript/bin/asc.js'),
    join(prototypes, 'wasm/scan.ts'),
    ...options,
    '-o',
    join(builtPrototypes, 'wasm/scan.wasm'),
  ]);
  return file;
}

/** What the cases need of this machine, and what it does not have. */
export interface Peers {
  machine: Machine;
  /** Cases that cannot run here, each with the reason. */
  absent: Map<CaseKey, string>;
}

export async function availablePeers(folder: string): Promise<Peers> {
  const absent = new Map<CaseKey, string>();
  const env: Record<string, string> = { BENCH_FOLDER: folder };
  try {
    env.BENCH_POLARS = await installPolars();
  } catch (error) {
    absent.set('polars', `nodejs-polars is not compared: ${String(error)}`);
  }
  const prototypes = await buildPrototypes();
  if (prototypes === undefined) {
    for (const key of ['prototype', 'prototypeWebAssembly'] as const) absent.set(key, 'prototypes are not here');
  } else env.BENCH_PROTOTYPES = prototypes;
  const pinned = onProcessors(1);
  if (pinned.length === 0) console.log('not pinned: no taskset here, so cases run on all processors');
  const pinnedToTwo = onProcessors(2);
  if (pinnedToTwo.length === 0) {
    for (const key of ['oneThread', 'twoCores'] as const)
      absent.set(key, 'two cores are not compared: no two are here');
  }
  return { machine: { pinned, pinnedToTwo, env }, absent };
}

/** Words before a command that keep it on the last so many of the processors that this process may use; none where that cannot be. */
function onProcessors(count: number): string[] {
  const status = '/proc/self/status';
  const allowed = existsSync(status) ? /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync(status, 'utf8')) : null;
  const processors = (allowed?.[1] ?? '').split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  if (allowed === null || processors.length < count) return [];
  const pinned = ['-c', processors.slice(-count).join()];
  const { status: exitCode } = spawnSync('taskset', [...pinned, process.execPath, '--version']);
  return exitCode === 0 ? ['taskset', ...pinned] : [];
}
