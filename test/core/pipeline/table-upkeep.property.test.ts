import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutoffOf } from '#delta/log-cleanup.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { cleanLog } from '#pipeline/log/clean-log.ts';
import { vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { addFile } from '../../support/actions.ts';
import { manifest, manifestRange, stagedFile } from '../../support/manifests.ts';
import { dayMs, TableWorld } from '../../support/table-world.ts';

const retentionMs = 2 * dayMs;
const logRetentionMs = 3 * dayMs;

type Step =
  | { do: 'wait'; hours: number }
  | { do: 'append' | 'remove' | 'revive' | 'orphan' | 'stage' | 'settle' | 'checkpoint'; pick: number }
  | { do: 'vacuum'; full: boolean; dryRun: boolean; maxFiles: number; crashAfter: number | undefined }
  | { do: 'cleanLog'; crashAfter: number | undefined };

const crashAfter = fc.option(fc.nat(4), { nil: undefined, freq: 3 });
const change = fc
  .constantFrom('append', 'append', 'remove', 'remove', 'revive', 'orphan', 'stage', 'settle', 'checkpoint')
  .chain((name) => fc.nat(20).map((pick): Step => ({ do: name as 'append', pick })));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 2, arbitrary: fc.nat(72).map((hours): Step => ({ do: 'wait', hours })) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('vacuum' as const),
      full: fc.boolean(),
      dryRun: fc.boolean(),
      maxFiles: fc.constantFrom(1, 3, 100),
      crashAfter,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cleanLog' as const), crashAfter }) },
);

/** A table with what a reader of any of its versions may count on, written down beside it. */
class Upkeep {
  readonly world = new TableWorld();
  readonly versions: { ms: number; files: readonly string[] }[] = [];
  readonly staged: string[] = [];
  /** What no one names yet, and may within the hour. */
  readonly #loose = new Map<string, number>();
  #removed: string[] = [];
  #names = 0;
  #ordinal = 0;

  get live(): readonly string[] {
    return this.versions.at(-1)?.files ?? [];
  }

  async create(): Promise<void> {
    await this.world.create({
      'delta.deletedFileRetentionDuration': `interval ${retentionMs / dayMs} days`,
      'delta.logRetentionDuration': `interval ${logRetentionMs / dayMs} days`,
    });
    this.#written([]);
  }

  #written(files: readonly string[]): void {
    this.versions.push({ ms: this.world.nowMs, files });
    this.world.nowMs += 1_000;
  }

  async run(next: Step): Promise<void> {
    const { world } = this;
    switch (next.do) {
      case 'wait':
        world.nowMs += next.hours * 3_600_000;
        return;
      case 'append': {
        const path = `file ${this.#names++}`;
        await world.change([path]);
        return this.#written([...this.live, path]);
      }
      case 'remove': {
        const path = this.live[next.pick % this.live.length];
        if (path === undefined) return;
        await world.change([], [path]);
        this.#removed.push(path);
        return this.#written(this.live.filter((other) => other !== path));
      }
      case 'revive': {
        const path = this.#removed[next.pick % this.#removed.length];
        if (path === undefined || !world.store.objects.has(path)) return;
        await world.commit([{ add: addFile(encodeURI(path)) }]);
        this.#removed = this.#removed.filter((other) => other !== path);
        return this.#written([...this.live, path]);
      }
      case 'orphan':
        this.#loose.set(await world.file(`orphan ${this.#names++}`), world.nowMs);
        return;
      case 'stage': {
        const path = `batch ${this.#names++}`;
        await world.file(path);
        const files = [stagedFile(path)];
        await world.ledger.stage({ moves: [], manifests: [manifest([manifestRange(++this.#ordinal)], { files })] });
        this.staged.push(path);
        return;
      }
      case 'settle': {
        const [first] = await world.ledger.manifestsOf('t1');
        if (first === undefined) return;
        const paths = first.files.map(({ path }) => path);
        await world.commit(paths.map((path) => ({ add: addFile(encodeURI(path)) })));
        await world.ledger.deleteManifests([first]);
        for (const path of paths) this.staged.splice(this.staged.indexOf(path), 1);
        return this.#written([...this.live, ...paths]);
      }
      case 'checkpoint':
        return world.checkpoint();
      case 'vacuum':
        world.settings.tables.clicks.vacuum.maxFiles = next.maxFiles;
        await this.#crashing(next.crashAfter, (ports) =>
          vacuumTable({ tableId: 't1', tableName: 'clicks', ...next }, ports),
        );
        return this.#expectFiles();
      case 'cleanLog':
        await this.#crashing(next.crashAfter, (ports) => cleanLog({ tableName: 'clicks', dryRun: false }, ports));
        return this.#expectVersions();
      default:
        next satisfies never;
    }
  }

  /** Dies once it has deleted so many objects. */
  async #crashing(after: number | undefined, work: (ports: TableWorld['ports']) => Promise<unknown>): Promise<void> {
    const { world } = this;
    if (after === undefined) return void (await work(world.ports));
    let left = after;
    const deleteAll = async (paths: readonly string[]) => {
      await world.store.deleteAll(paths.slice(0, left));
      if (paths.length > left) throw new Error('crash');
      left -= paths.length;
    };
    const logOf = () => ({ objects: { ...world.store, deleteAll }, logStore: world.logStore });
    await work({ ...world.ports, logOf }).catch((error: Error) => expect(error.message).toBe('crash'));
  }

  /** The version that was the latest at an instant of the retention, or that came after, finds its files; so does the committer. */
  #expectFiles(): void {
    const { world } = this;
    const sinceMs = world.nowMs - retentionMs;
    const retained = this.versions.filter((_, version) => (this.versions[version + 1]?.ms ?? Infinity) > sinceMs);
    const young = [...this.#loose].filter(([, ms]) => ms > world.nowMs - dayMs).map(([path]) => path);
    for (const path of new Set([...retained.flatMap(({ files }) => files), ...this.staged, ...young])) {
      expect(world.store.objects.has(path), `${path}, which is needed`).toBe(true);
    }
  }

  /** Every version that was the latest at an instant of the log's retention, or that came after, is what it was. */
  async #expectVersions(): Promise<void> {
    const sinceMs = cutoffOf(this.world.nowMs, logRetentionMs);
    for (const [version, { files }] of this.versions.entries()) {
      if ((this.versions[version + 1]?.ms ?? Infinity) <= sinceMs) continue;
      const snapshot = await loadSnapshot(this.world.store, this.world.codec, version);
      expect([...snapshot!.files.keys()].sort(), `version ${version}`).toEqual([...files].sort());
    }
  }

  /** Later, nothing is left that nobody needs. */
  async expectClean(): Promise<void> {
    this.world.after(10).settings.tables.clicks.vacuum.maxFiles = 1_000;
    await vacuumTable({ tableId: 't1', tableName: 'clicks', dryRun: false, full: true }, this.world.ports);
    expect(this.world.files()).toEqual([...this.live, ...this.staged].sort());
  }
}

test('whatever happens to a table, vacuum and clean-up leave what a retained version or a manifest names, and no more', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      const upkeep = new Upkeep();
      await upkeep.create();
      for (const next of steps) await upkeep.run(next);
      await upkeep.run({ do: 'vacuum', full: false, dryRun: false, maxFiles: 100, crashAfter: undefined });
      await upkeep.run({ do: 'cleanLog', crashAfter: undefined });
      await upkeep.expectClean();
    }),
    { numRuns: 60 },
  );
}, 60_000);
