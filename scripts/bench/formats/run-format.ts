/** Child process: one format and its library, in turns. Arguments: the format, a set of records, how many, rounds. */
import { median } from '../suite.ts';
import type { FormatCase } from './case.ts';
import { formatCases } from './cases.ts';
import type { RecordSet } from './schemas.ts';

export interface FormatFigures {
  library: string;
  payloadBytes: number;
  perCpuSecond: number;
  libraryPerCpuSecond: number;
  /** Processor time of ours over the library's, the median of the rounds'. */
  ratio: number;
  /** The least and the greatest of the rounds' ratios. */
  leastRatio: number;
  greatestRatio: number;
}

const leastCpuMs = 60;

const [name = '', set = 'wide', count = '2000', rounds = '9'] = process.argv.slice(2);
const make = formatCases[name];
if (make === undefined) throw new Error(`expected a format of ${Object.keys(formatCases).join(', ')}; got ${name}`);
const { library, payloads, decode, decodeByLibrary }: FormatCase = await make(set as RecordSet, Number(count));

for (const payload of payloads) {
  const decoded = decode(payload);
  if (decoded.kind === 'failure') throw new Error(`expected a record, got ${decoded.error}: ${decoded.message}`);
}

let kept: unknown;

/** Processor microseconds for one payload, over enough of them to be timed. */
function cpuMicros(each: (payload: Buffer) => unknown): number {
  const before = process.cpuUsage();
  for (let times = 1; ; times++) {
    for (const payload of payloads) kept = each(payload);
    const { user, system } = process.cpuUsage(before);
    const micros = user + system;
    if (micros >= leastCpuMs * 1000) return micros / (times * payloads.length);
  }
}

const ours: number[] = [];
const theirs: number[] = [];
for (let round = -3; round < Number(rounds); round++) {
  const pair =
    round % 2 === 0
      ? [cpuMicros(decode), cpuMicros(decodeByLibrary)]
      : [cpuMicros(decodeByLibrary), cpuMicros(decode)].reverse();
  if (round < 0) continue;
  ours.push(pair[0] as number);
  theirs.push(pair[1] as number);
}
if (kept === undefined) throw new Error('expected decoding to give something');
const ratios = ours.map((micros, round) => micros / (theirs[round] as number));
const figures: FormatFigures = {
  library,
  payloadBytes: Math.round(payloads.reduce((sum, payload) => sum + payload.length, 0) / payloads.length),
  perCpuSecond: Math.round(1e6 / median(ours)),
  libraryPerCpuSecond: Math.round(1e6 / median(theirs)),
  ratio: median(ratios),
  leastRatio: Math.min(...ratios),
  greatestRatio: Math.max(...ratios),
};
console.log(JSON.stringify(figures));
