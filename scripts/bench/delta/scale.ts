import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastCheckpointPath } from '#delta/log-path.ts';
import { bundledCase } from '../bundled-case.ts';
import { runChildCase } from '../child-case.ts';
import { type Aim, atLeast, atMost, type BenchCase } from '../suite.ts';
import { type LargeTable, partitionOf, withoutCheckpoint, writeLargeTable } from './large-table.ts';

interface Figures {
  ms: number;
  peakMiB: number;
  files?: number;
}

type Case = 'cold commit' | 'warm commit' | 'checkpoint' | 'scan plan';

const versions = 1_000;
const partitions = 1_000;
const checkpointVersion = 10;
const lastVersion = checkpointVersion + versions;
/** What one machine's timings of the same work differ by anyway. */
const commitNoise = 1.5;
const greatestCheckpointMiB = 512;
const leastScanRatio = 5;

const run = promisify(execFile);

/**
 * Commits, a checkpoint and a scan of one partition of a table of `liveFiles` files in 1,000 partitions, 1,000 versions after its
 * last checkpoint: by this project, and by delta-rs where `python` has it. Each case is a process of its own.
 */
export async function scaleCases(python: string, liveFiles: number): Promise<{ cases: BenchCase[]; aims: Aim[] }> {
  const home = await mkdtemp(join(tmpdir(), 'alluvium-bench-scale-'));
  const [large, young] = [join(home, 'large'), join(home, 'young')];
  const table: LargeTable = { liveFiles, partitions, checkpointVersion, lastVersion };
  const cases: BenchCase[] = [];
  const bundle = bundledCase(join(import.meta.dirname, 'large-table-ours.ts'));
  const note = (name: string, { ms, peakMiB, files }: Figures) =>
    cases.push({ name, values: { ms, peakMiB, ...(files === undefined ? {} : { files }) } });

  async function ours(which: Case, folder = large): Promise<Figures> {
    const figures = await runChildCase<Figures>(bundle, [folder, which]);
    note(`${which}${folder === young ? ' at version 10' : ''}, Alluvium`, figures);
    return figures;
  }
  async function theirs(which: Case): Promise<Figures | undefined> {
    if (!existsSync(python)) return undefined;
    const args = [join(import.meta.dirname, 'large_table_deltalake.py'), large, which, partitionOf(7)];
    const { stdout } = await run(python, args, { timeout: 600_000 });
    const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as Figures;
    note(`${which}, delta-rs`, figures);
    return figures;
  }

  try {
    await writeLargeTable(large, table);
    await writeLargeTable(young, { liveFiles: 1_000, partitions: 10, lastVersion: 10 });
    const pointer = readFileSync(join(large, lastCheckpointPath));
    const scan = await ours('scan plan');
    const theirScan = await theirs('scan plan');
    if (theirScan !== undefined && theirScan.files !== scan.files) {
      throw new Error(`expected both to find the files of one partition, got ${scan.files} and ${theirScan.files}`);
    }
    const checkpoint = await ours('checkpoint');
    if (checkpoint.files !== liveFiles) throw new Error(`expected ${liveFiles} live files, got ${checkpoint.files}`);
    withoutCheckpoint(large, lastVersion, pointer);
    const theirCheckpoint = await theirs('checkpoint');
    withoutCheckpoint(large, lastVersion, pointer);
    await ours('cold commit');
    await theirs('cold commit');
    const warm = await ours('warm commit');
    await theirs('warm commit');
    const youngWarm = await ours('warm commit', young);
    const aims = [
      atMost('warm commit over one at version 10, time', warm.ms / youngWarm.ms, commitNoise),
      atMost('checkpoint, peak MiB', checkpoint.peakMiB, greatestCheckpointMiB),
      atMost(`checkpoint over that of delta-rs, time${absent(theirCheckpoint)}`, ratio(checkpoint, theirCheckpoint), 1),
      atLeast(
        `scan plan, times as fast as delta-rs${absent(theirScan)}`,
        theirScan === undefined ? 0 : theirScan.ms / scan.ms,
        leastScanRatio,
      ),
    ];
    return { cases, aims };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const absent = (peer: Figures | undefined): string => (peer === undefined ? ' (deltalake is not installed here)' : '');

/** An aim that is measured against a peer does not hold without one. */
const ratio = (own: Figures, peer: Figures | undefined): number =>
  peer === undefined ? Number.POSITIVE_INFINITY : own.ms / peer.ms;
