import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChildCase } from '../child-case.ts';
import type { Aim, BenchCase, BenchOptions, BenchResult } from '../suite.ts';
import { columnarAims } from './aims.ts';
import { type CaseKey, cases } from './cases.ts';
import type { DataSetName } from './data-sets.ts';
import { mergeCases } from './merge.ts';
import { availablePeers } from './peers.ts';
import { type Comparison, first, full, small as smallPlan } from './plan.ts';
import { linesText } from './records.ts';
import { CaseRunner, type Input, type Measured } from './rounds.ts';
import type { Effort } from './run-case.ts';

/** Wide records whose payloads are 6 MB together. */
const batchRecords = 11_000;
const batches: Effort = { warmUps: 5, warmUpMs: 0, times: 5, timedMs: 0 };

const rowOf = ({ ms, cpuMs, threadMs, spread, records, bytes, fileBytes, peakMiB, firstCpuMs }: Measured) => ({
  cpuMs,
  spread,
  ms,
  threadMs,
  'krecords/CPU-s': records / cpuMs,
  'MB/CPU-s': bytes / 1000 / cpuMs,
  ...(fileBytes === 0 ? {} : { KB: Math.round(fileBytes / 1000) }),
  peakMiB: Math.round(peakMiB),
  firstCpuMs,
});

/**
 * From records as events carry them, base64, to a Parquet file: by this project and by what people use otherwise. Each case is a
 * process on one processor; figures are processor time, which is what others on the machine disturb least.
 */
export async function run({ small }: BenchOptions): Promise<BenchResult> {
  const home = mkdtempSync(join(tmpdir(), 'alluvium-bench-columnar-'));
  try {
    return await new ColumnarBench(home).run(small);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

class ColumnarBench {
  readonly #home: string;
  readonly #rows: BenchCase[] = [];

  constructor(home: string) {
    this.#home = home;
  }

  async run(small: boolean): Promise<BenchResult> {
    const { machine, absent } = await availablePeers(this.#home);
    for (const line of absent.values()) console.log(line);
    const runner = new CaseRunner(machine);
    let wide: ReadonlyMap<CaseKey, Measured> | undefined;
    for (const comparison of small ? smallPlan : full) {
      const measured = await this.#compare(runner, comparison, absent);
      if (comparison.set === first.set && comparison.records === first.records) wide ??= measured;
    }
    const batch = await runner.once(cases.ours, this.#input('wide', batchRecords), batches);
    this.#rows.push({ name: 'Alluvium, batches of 6 MB', values: { records: batchRecords, peakMiB: batch.peakMiB } });
    const merge = await mergeCases(this.#home, machine.pinned, small);
    const aims: Aim[] = [...columnarAims(wide ?? new Map(), batch.peakMiB), ...merge.aims];
    return { suite: 'columnar', cases: [...this.#rows, ...merge.cases], aims };
  }

  async #compare(
    runner: CaseRunner,
    { set, records, cases: keys, effort, rounds }: Comparison,
    absent: ReadonlyMap<CaseKey, string>,
  ): Promise<ReadonlyMap<CaseKey, Measured>> {
    const input = this.#input(set, records);
    const present = keys.filter((key) => !absent.has(key));
    const measured = await runner.interleaved(
      present.map((key) => ({ ...cases[key], key })),
      input,
      effort,
      rounds,
    );
    const byKey = new Map<CaseKey, Measured>();
    for (const [{ key, name }, figures] of measured) {
      byKey.set(key, figures);
      this.#rows.push({ name: `${set} ${records / 1000}k: ${name}`, values: rowOf(figures) });
    }
    for (const key of present) if ('isOurs' in cases[key]) await this.#readBack(runner, key, input);
    return byKey;
  }

  /** Value by value, outside the timing. */
  async #readBack(runner: CaseRunner, key: CaseKey, input: Input): Promise<void> {
    const keep = join(this.#home, `${key}.parquet`);
    /** A second core takes a moment to begin. */
    const warmUpMs = key === 'twoCores' ? 1_000 : 0;
    await runner.once(cases[key], input, { warmUps: 0, warmUpMs, times: 1, timedMs: 0, keep });
    await runChildCase(join(import.meta.dirname, 'verify.ts'), [input.set, input.file, keep]);
  }

  #input(set: DataSetName, records: number): Input {
    const file = join(this.#home, `${set}-${records}.ndjson`);
    writeFileSync(file, linesText(set, records));
    return { set, file };
  }
}
