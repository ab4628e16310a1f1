import { join } from 'node:path';
import { formatPorts } from '#adapters/aws/format-wiring.ts';
import { DecodedList, DecodedMap, DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import type { PayloadDecoder } from '#formats/payload-decoder.ts';
import { payloadDecoder } from '#formats/payload-formats.ts';
import { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { type LakeWorld, lakeWorld } from '../../support/capability.ts';
import type { FuzzedFormat } from './fuzzed-format.ts';
import { mutatedBytes } from './mutate-bytes.ts';

const payloadsPerSeed = 300;
/** Of those, so many go all the way into a table, in every seed of `seedsPerPush`. */
const pushedPerSeed = 40;
const seedsPerPush = 5;
const mostPushedBytes = 20_000;
const maxMs = 1_000;

export interface FuzzedPayloads {
  /** One past the last seed. */
  nextSeed: number;
  payloads: number;
  records: number;
  /** Of those pushed: rows and dead letters that came out. */
  rows: number;
  deadLetters: number;
  slowestMs: number;
  found?: { seed: number; message: string; settings: string; payload: string };
}

/** Decodes payloads of one seed after another, as written and mutated, until time is up or one does what none may. */
export async function fuzzFormat(format: FuzzedFormat, firstSeed: number, ms: number): Promise<FuzzedPayloads> {
  const endMs = performance.now() + ms;
  const tally = { payloads: 0, records: 0, rows: 0, deadLetters: 0, slowestMs: 0 };
  let seed = firstSeed;
  do {
    const random = new SeededRandom(seed * 7_919);
    const settings = format.settings(random);
    const world = await worldOf(settings);
    const decoder = await decoderOf(world);
    const payloads = payloadsOf(format, settings, random);
    for (const { payload, isAsWritten } of payloads) {
      const message = problemOf(decoder, payload, isAsWritten, tally);
      if (message !== undefined)
        return { nextSeed: seed + 1, ...tally, found: { seed, message, settings, payload: shown(payload) } };
    }
    if (seed % seedsPerPush === 0) {
      const message = await pushedProblem(world, payloads, tally);
      if (message !== undefined)
        return { nextSeed: seed + 1, ...tally, found: { seed, message, settings, payload: '' } };
    }
    seed++;
  } while (performance.now() < endMs);
  return { nextSeed: seed, ...tally };
}

const worldOf = (settings: string): Promise<LakeWorld> =>
  lakeWorld(
    `
sources:
  fuzzed:
    kinesis: { shards: 1 }
    table: fuzzed
    ${settings}
tables: { fuzzed: {} }
`,
    { file: join(import.meta.dirname, 'fuzz.yaml') },
  );

function decoderOf(world: LakeWorld): Promise<PayloadDecoder> {
  const { format, envelope } = world.sourceSettings('fuzzed');
  return payloadDecoder(format, formatPorts(world.settings), envelope);
}

interface FuzzedPayload {
  payload: Uint8Array;
  isAsWritten: boolean;
}

function payloadsOf(format: FuzzedFormat, settings: string, random: SeededRandom): FuzzedPayload[] {
  let other: Uint8Array = new Uint8Array();
  return Array.from({ length: payloadsPerSeed }, () => {
    const written = format.payload(random, settings);
    const isAsWritten = random.next() < 0.1;
    const payload = isAsWritten ? written : mutatedBytes(written, other, random);
    other = written;
    return { payload, isAsWritten };
  });
}

function problemOf(
  decoder: PayloadDecoder,
  payload: Uint8Array,
  isAsWritten: boolean,
  tally: { payloads: number; records: number; slowestMs: number },
): string | undefined {
  const startedMs = performance.now();
  try {
    decoder.split?.(payload);
    const decoded = decoder.decode(payload);
    const ms = leastMs(performance.now() - startedMs, () => decoder.decode(payload));
    tally.payloads++;
    tally.slowestMs = Math.max(tally.slowestMs, ms);
    if (ms > maxMs) return `expected an answer within ${maxMs} ms, got it after ${Math.round(ms)}`;
    if (decoded.kind === 'failure') {
      return isAsWritten
        ? `expected a record of an unharmed payload, got ${decoded.error}: ${decoded.message}`
        : undefined;
    }
    tally.records++;
    return misshapen(decoded.record);
  } catch (error) {
    return `expected a record or a failure, got thrown ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Of a payload that took too long, the best of three: the machine may have been busy with others. */
function leastMs(ms: number, again: () => unknown): number {
  let least = ms;
  for (let left = 2; left > 0 && least > maxMs; left--) {
    const startedMs = performance.now();
    again();
    least = Math.min(least, performance.now() - startedMs);
  }
  return least;
}

/** What would break those who read the value. */
function misshapen(value: DecodedValue): string | undefined {
  if (value instanceof DecodedRecord) {
    const { names, values } = value;
    if (names.length !== values.length)
      return `expected a value for each of ${names.length} names, got ${values.length}`;
    if (new Set(names).size < names.length) return `expected each name once, got ${names.join(', ')}`;
    return firstOf(values);
  }
  if (value instanceof DecodedList) return firstOf(value.items);
  if (value instanceof DecodedMap) return firstOf(value.entries.map(([, inner]) => inner));
  return value === undefined ? 'expected a value, got undefined' : undefined;
}

function firstOf(values: readonly DecodedValue[]): string | undefined {
  for (const value of values) {
    const problem = misshapen(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Each record is a row or a dead letter. */
async function pushedProblem(
  world: LakeWorld,
  payloads: readonly FuzzedPayload[],
  tally: { rows: number; deadLetters: number },
): Promise<string | undefined> {
  const pushed = payloads.filter(({ payload }) => payload.length <= mostPushedBytes).slice(0, pushedPerSeed);
  try {
    await world.push(
      'fuzzed',
      pushed.map(({ payload }) => ({ value: payload })),
    );
    await world.commit();
    const rows = await world.rows('fuzzed');
    const deadLetters = await world.deadLetters();
    tally.rows += rows.length;
    tally.deadLetters += deadLetters.length;
    const out = rows.length + deadLetters.length;
    if (out === pushed.length) return undefined;
    return `expected ${pushed.length} records to be rows or dead letters, got ${rows.length} and ${deadLetters.length}`;
  } catch (error) {
    return `expected rows and dead letters, got thrown ${error instanceof Error ? error.stack : String(error)}`;
  }
}

const shown = (payload: Uint8Array): string => Buffer.from(payload).toString('base64');
