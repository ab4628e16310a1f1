/** Child process: one case, over and over. Arguments: the case's bundle, its variant, a data set, its lines, how long (JSON). */
import { writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { peakMiB } from '../peak-memory.ts';
import { median } from '../suite.ts';
import type { Once, Prepare } from './cases/case.ts';
import type { DataSetName } from './data-sets.ts';
import { readRecords } from './records.ts';

/** How long a case runs: at least as many times, and as many milliseconds. */
export interface Effort {
  warmUps: number;
  warmUpMs: number;
  times: number;
  timedMs: number;
  /** Where the last output goes. */
  keep?: string;
}

export interface CaseFigures {
  /** Loading the case's modules and whatever they compile. */
  loadMs: number;
  /** The first batch of the process; its modules are loaded. */
  firstMs: number;
  firstCpuMs: number;
  ms: number;
  /** User and system, all threads of the process. */
  cpuMs: number;
  /** Of it, the thread that makes batches. */
  threadMs: number;
  records: number;
  bytes: number;
  fileBytes: number;
  peakMiB: number;
}

const maxTimes = 100;

const [bundle, variant, name, lines, effortJson] = process.argv.slice(2) as [
  string,
  string,
  DataSetName,
  string,
  string,
];
const effort = JSON.parse(effortJson) as Effort;
const records = readRecords(name, lines);

const loadedAtMs = performance.now();
const prepare = ((await import(bundle)) as Record<string, Prepare>)[variant];
if (prepare === undefined) throw new Error(`${bundle}: expected an export ${variant}`);
const once: Once = await prepare(records);
const loadMs = performance.now() - loadedAtMs;

interface Timed {
  ms: number;
  cpuMs: number;
  threadMs: number;
}
let output: Uint8Array | undefined;

/** Messages of other threads come in between batches, as they do between a function's events. */
async function timed(): Promise<Timed> {
  await nextTurn();
  const cpu = process.cpuUsage();
  const thread = process.threadCpuUsage();
  const startedMs = performance.now();
  output = await once();
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const own = process.threadCpuUsage(thread);
  return { ms, cpuMs: (user + system) / 1000, threadMs: (own.user + own.system) / 1000 };
}

async function repeat(times: number, leastMs: number): Promise<Timed[]> {
  const all: Timed[] = [];
  let ms = 0;
  while (all.length < times || (ms < leastMs && all.length < maxTimes)) {
    const one = await timed();
    all.push(one);
    ms += one.ms;
  }
  return all;
}

const first = await timed();
await repeat(effort.warmUps, effort.warmUpMs);
const runs = await repeat(effort.times, effort.timedMs);
if (effort.keep !== undefined && output !== undefined) writeFileSync(effort.keep, output);
const figures: CaseFigures = {
  loadMs,
  firstMs: first.ms,
  firstCpuMs: first.cpuMs,
  ms: median(runs.map(({ ms }) => ms)),
  cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
  threadMs: median(runs.map(({ threadMs }) => threadMs)),
  records: records.base64.length,
  bytes: records.bytes,
  fileBytes: output?.length ?? 0,
  peakMiB: peakMiB(),
};
console.log(JSON.stringify(figures));
process.exit(0);
