import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SegmentLog } from '../../../../scripts/local/log/segment-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alluvium-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (text: string, timeMs = 0, count = 1) => ({ count, timeMs, payload: Buffer.from(text) });
const texts = (log: SegmentLog, from: number, maxBytes = 1 << 20): string[] =>
  log.read(from, maxBytes).map(({ payload }) => payload.toString());
const segmentFiles = (): string[] => readdirSync(folder).sort();

it('entries span as many numbers as they count; reading from inside one gives it whole', () => {
  const log = new SegmentLog(folder);
  expect(log.append([entry('three', 0, 3)])).toBe(0);
  expect(log.append([entry('one'), entry('two', 0, 2)])).toBe(3);
  expect(log.end).toBe(6);
  expect(texts(log, 2)).toEqual(['three', 'one', 'two']);
  expect(texts(log, 5)).toEqual(['two']);
  expect(texts(log, 6)).toEqual([]);
  log.close();
});

it('a read gives at least one entry, then only what fits', () => {
  const log = new SegmentLog(folder);
  log.append([entry('x'.repeat(100)), entry('y'.repeat(10)), entry('z'.repeat(10))]);
  expect(log.read(0, 1).map(({ first }) => first)).toEqual([0]);
  expect(log.read(0, 110).map(({ first }) => first)).toEqual([0, 1]);
  expect(log.read(0, 1 << 20, 2).map(({ first }) => first)).toEqual([0, 1]);
  log.close();
});

it('any history of appends and reopenings reads as it was written, from any number, across files', () => {
  const step = fc.oneof(
    fc.record({
      append: fc.array(fc.record({ bytes: fc.nat(3000), count: fc.integer({ min: 1, max: 9 }) }), {
        minLength: 1,
        maxLength: 20,
      }),
    }),
    fc.constant({ reopen: true as const }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 20 }),
      fc.nat(),
      fc.integer({ min: 1, max: 20_000 }),
      (steps, pick, maxBytes) => {
        rmSync(folder, { recursive: true, force: true });
        const options = { segmentBytes: 20_000 };
        let log = new SegmentLog(folder, options);
        const expected: { first: number; payload: Buffer }[] = [];
        for (const one of steps) {
          if ('reopen' in one) {
            log.close();
            log = new SegmentLog(folder, options);
            continue;
          }
          const payloads = one.append.map(({ bytes, count }, i) =>
            entry(String.fromCharCode(97 + (i % 26)).repeat(bytes), 0, count),
          );
          let first = log.append(payloads);
          for (const { payload, count } of payloads) {
            expected.push({ first, payload });
            first += count;
          }
        }
        const from = log.end === 0 ? 0 : pick % log.end;
        const at = expected.findLastIndex(({ first }) => first <= from);
        const found = log.read(from, maxBytes);
        log.close();
        const told = (entries: typeof expected) => entries.map(({ first, payload }) => `${first}:${payload}`);
        expect(told(found)).toEqual(told(at < 0 ? [] : expected.slice(at, at + found.length)));
        expect(found.length > 0).toBe(expected.length > 0);
      },
    ),
    { numRuns: 60 },
  );
});

it('wherever a file is torn, opening keeps every whole entry before and goes on from there', () => {
  const log = new SegmentLog(folder);
  log.append([entry('first'), entry('second'), entry('third')]);
  log.close();
  const path = join(folder, segmentFiles()[0]!);
  const whole = readFileSync(path);
  const frameEnds = [0, 24 + 5, 24 + 5 + 24 + 6, whole.length];
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    const kept = frameEnds.filter((end) => end > 0 && end <= length).length;
    const torn = new SegmentLog(folder);
    expect(texts(torn, 0)).toEqual(['first', 'second', 'third'].slice(0, kept));
    expect(torn.append([entry('new')])).toBe(kept);
    expect(texts(torn, kept)).toEqual(['new']);
    torn.close();
  }
});

it('a bad byte in a full file is an error that names the file and the byte', () => {
  const log = new SegmentLog(folder, { segmentBytes: 10 });
  log.append([entry('first')]);
  log.append([entry('second')]);
  log.close();
  const [oldest] = segmentFiles();
  const bytes = readFileSync(join(folder, oldest!));
  bytes[26]! ^= 1;
  writeFileSync(join(folder, oldest!), bytes);
  expect(() => new SegmentLog(folder)).toThrow(`${oldest}: expected an intact frame at byte 0`);
});

it('a time finds the first entry then or later, also when times are not in order', () => {
  const log = new SegmentLog(folder, { segmentBytes: 30_000 });
  const times = [50, 10, 70, 20, 90, 90, 100];
  for (const timeMs of times) log.append([entry('x'.repeat(10_000), timeMs)]);
  for (const asked of [0, 50, 51, 71, 90, 91, 100]) {
    expect(log.findTime(asked)?.first).toBe(times.findIndex((timeMs) => timeMs >= asked));
  }
  expect(log.findTime(101)).toBeUndefined();
  log.close();
});

it('old files are dropped whole and the start moves on', () => {
  const log = new SegmentLog(folder, { segmentBytes: 10 });
  for (const timeMs of [10, 20, 30]) log.append([entry('x', timeMs)]);
  log.dropBefore(15);
  expect(log.start).toBe(1);
  expect(segmentFiles()).toHaveLength(2);
  log.dropBefore(1000);
  expect(log.end).toBe(3);
  log.close();
  expect(new SegmentLog(folder).start).toBe(log.start);
});
