/**
 * What a service that writes a topic into a table promises, held against the Danube connector's own words: 10,000 events a second, writes
 * below a second, 100 MB of memory, a program of 15 MB. The environment is hosted as `npm start` hosts it, with its settings for that.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { esbuildBundler } from '../../../lib/constructs/function-bundle.ts';
import { assemble, type BenchSettings } from '../pipeline/assembly.ts';
import { atLeast, atMost, type BenchOptions, type BenchResult, median } from '../suite.ts';
import { type SteadyStream, steadyStream } from './steady-stream.ts';

const root = join(import.meta.dirname, '../../..');

const wanted = { perSecond: 10_000, writeMs: 1_000, memoryMB: 100, programMB: 15 };

/** Events small enough to leave little behind, often enough for a second. */
const sparing = {
  source: { batch: { maxRecords: 1_000, window: '1s' } },
  table: { latency: '1s' },
  functions: { ingest: { memoryMiB: 256 }, commit: { memoryMiB: 256 } },
};
/** Commits begin as soon as one is due, many times as often: more of everything is spent. */
const prompt = { ...sparing, wakeWindow: '0s' };

const toMB = (mib: number) => (mib * 2 ** 20) / 1e6;

export async function run({ small }: BenchOptions): Promise<BenchResult> {
  const pace = { perSecond: wanted.perSecond, seconds: small ? 5 : 20 };
  const home = await mkdtemp(join(tmpdir(), 'alluvium-service-'));
  const stream = (name: string, settings: BenchSettings): Promise<SteadyStream> => {
    const assemblyFolder = join(home, name, 'cdk.out');
    assemble(assemblyFolder, settings);
    return steadyStream(pace, { dataFolder: join(home, name, 'data'), assemblyFolder });
  };
  try {
    const steady = await stream('sparing', sparing);
    const prompted = await stream('prompt', prompt);
    const programMB = await bundleMB(home);
    return {
      suite: 'service',
      cases: [
        ...casesOf('sparing', steady, pace.perSecond * pace.seconds),
        ...casesOf('prompt', prompted, pace.perSecond * pace.seconds),
        { name: 'bundle of the ingest function', values: { MB: programMB } },
      ],
      aims: [
        // What is sent is all that can be taken: within its own jitter.
        atLeast('events a second, sustained', Math.round(steady.takenPerS), wanted.perSecond * 0.98),
        atMost('a write, p99, ms', p99(steady.writesMs), wanted.writeMs),
        atMost('peak memory of the ingest function, MB', toMB(steady.ingestPeakMiB), wanted.memoryMB),
        atMost('rows visible, prompt, p50, ms', median(prompted.visibleMs), wanted.writeMs),
        atMost('what the ingest function is made of, MB', programMB, wanted.programMB),
      ],
    };
  } finally {
    await rm(home, { recursive: true });
  }
}

function casesOf(name: string, stream: SteadyStream, records: number): BenchResult['cases'] {
  const { sentPerS, takenPerS, writesMs, visibleMs, ingestPeakMiB, commitPeakMiB, cpuS } = stream;
  return [
    { name: `${name}: events a second`, values: { sent: Math.round(sentPerS), taken: Math.round(takenPerS) } },
    {
      name: `${name}: from an event to its acknowledgement, ms`,
      values: { events: writesMs.length, p50: median(writesMs), p99: p99(writesMs), max: Math.max(...writesMs) },
    },
    {
      name: `${name}: from arrival until rows are visible, ms`,
      values: { commits: visibleMs.length, p50: median(visibleMs), max: Math.max(...visibleMs) },
    },
    { name: `${name}: peak memory, MB`, values: { ingest: toMB(ingestPeakMiB), commit: toMB(commitPeakMiB) } },
    {
      name: `${name}: processor time of both functions`,
      values: { cpuS, recordsPerCpuS: Math.round(records / cpuS) },
    },
  ];
}

const p99 = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.ceil(values.length * 0.99) - 1] as number;

/** All files as deployed, whatever of them a process loads. */
async function bundleMB(home: string): Promise<number> {
  const folder = join(home, 'bundle');
  esbuildBundler(root)('ingest-kafka', folder);
  const sizes = await Promise.all((await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
}
