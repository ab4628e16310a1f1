import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Txn } from '#delta/actions.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { manifestId, placeManifests } from '#pipeline/ledger/manifest-line.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';

const limits = { maxFiles: 1_000 };
const log = (ordinals: Record<string, number> = {}, incarnation = 'incarnation-1') => ({
  environment: 'test',
  incarnation,
  txns: new Map<string, Txn>(
    Object.entries(ordinals).map(([sourcePartition, ordinal]) => {
      const appId = `test/ledger-1/${sourcePartition}`;
      return [appId, { appId, version: BigInt(ordinal) }];
    }),
  ),
});
const of = (...ordinals: [sourcePartition: string, ordinal: number][]): Manifest =>
  manifest(ordinals.map(([sourcePartition, ordinal]) => manifestRange(ordinal, { sourcePartition })));
const ids = (manifests: readonly Manifest[]) => manifests.map(manifestId).sort();

describe('placing manifests', () => {
  test('what the log covers is dropped, what continues it is taken in order', () => {
    const manifests = [4, 2, 3, 1].map((ordinal) => of(['clicks/0', ordinal]));
    const placed = placeManifests(manifests, log({ 'clicks/0': 2 }), limits);
    expect(placed.covered.map(({ ranges }) => ranges[0]?.ordinal)).toEqual([2, 1]);
    expect(placed.taken.map(({ ranges }) => ranges[0]?.ordinal)).toEqual([3, 4]);
  });

  test('a manifest of two source partitions waits for its place in both', () => {
    const both = of(['clicks/0', 1], ['clicks/1', 2]);
    const first = of(['clicks/1', 1]);
    expect(placeManifests([both, first], log(), limits).taken).toEqual([first, both]);
    const alone = placeManifests([both], log(), limits);
    expect(alone).toMatchObject({ taken: [], stranded: [both] });
  });

  test('what lies behind a gap is stranded, and other lines go on', () => {
    const manifests = [of(['clicks/0', 3]), of(['clicks/0', 4]), of(['clicks/1', 1])];
    const placed = placeManifests(manifests, log({ 'clicks/0': 1 }), limits);
    expect(placed.stranded).toEqual(manifests.slice(0, 2));
    expect(placed.taken).toEqual(manifests.slice(2));
  });

  test('another incarnation of the table strands what was staged for the one before', () => {
    const old = of(['clicks/0', 1]);
    expect(placeManifests([old], log({}, 'incarnation-2'), limits).stranded).toEqual([old]);
  });

  test('another ledger has lines of its own', () => {
    const restored = manifest([manifestRange(1, { ledgerId: 'ledger-2' })]);
    expect(placeManifests([restored], log({ 'clicks/0': 9 }), limits).taken).toEqual([restored]);
  });

  test('a commit takes so many files, never a part of what one transaction accepted', () => {
    const accepted = (ordinal: number, to: string) => manifest([manifestRange(ordinal, { to })]);
    const manifests = [accepted(1, '10'), accepted(2, '20'), accepted(3, '20'), accepted(4, '30')];
    const placed = placeManifests(manifests, log(), { maxFiles: 2 });
    expect(placed.taken).toEqual(manifests.slice(0, 3));
    expect(placed).toMatchObject({ waiting: manifests.slice(3), stranded: [] });
  });

  test('a manifest that is covered in one line only is stranded, not committed again', () => {
    const both = of(['clicks/0', 1], ['clicks/1', 1]);
    expect(placeManifests([both], log({ 'clicks/0': 1 }), limits)).toMatchObject({ taken: [], stranded: [both] });
  });

  test('every manifest has one place, whatever the order they come in, and every line is taken without a gap', () => {
    const partitions = ['a/0', 'a/1', 'b/0'];
    fc.assert(
      fc.property(
        fc.array(fc.subarray(partitions, { minLength: 1 }), { maxLength: 12 }),
        fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 3 }),
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        fc.integer({ min: 1, max: 12 }),
        (touched, committed, order, isStaged, maxFiles) => {
          const next = new Map<string, number>();
          const all = touched.map((sourcePartitions) =>
            of(
              ...sourcePartitions.map((sourcePartition): [string, number] => {
                const ordinal = (next.get(sourcePartition) ?? 0) + 1;
                next.set(sourcePartition, ordinal);
                return [sourcePartition, ordinal];
              }),
            ),
          );
          const staged = all.filter((_, index) => isStaged[index]);
          const txns = log(Object.fromEntries(partitions.map((name, index) => [name, committed[index] ?? 0])));
          const shuffled = staged.toSorted(
            (left, right) => (order[all.indexOf(left)] ?? 0) - (order[all.indexOf(right)] ?? 0),
          );
          const placed = placeManifests(staged, txns, { maxFiles });
          const again = placeManifests(shuffled, txns, { maxFiles });
          for (const place of ['covered', 'taken', 'waiting', 'stranded'] as const) {
            expect(ids(again[place])).toEqual(ids(placed[place]));
          }
          const { covered, taken, waiting, stranded } = placed;
          expect(ids([...covered, ...taken, ...waiting, ...stranded])).toEqual(ids(staged));
          const last = new Map(partitions.map((name, index) => [name, committed[index] ?? 0]));
          for (const { ranges } of taken) {
            for (const { sourcePartition, ordinal } of ranges) {
              expect(ordinal).toBe((last.get(sourcePartition) ?? 0) + 1);
              last.set(sourcePartition, ordinal);
            }
          }
        },
      ),
    );
  });
});
