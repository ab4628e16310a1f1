import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { AddFile } from '#delta/actions.ts';
import { planAppend, planCreate } from '#delta/append.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { differenceOf } from '#delta/file-difference.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { commitPath, lastCheckpointPath, logFolder, parseLogPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import { optimizeOperation } from '#delta/optimize.ts';
import { planRemove } from '#delta/remove-files.ts';
import { restoreOperation } from '#delta/restore.ts';
import { parseSchema } from '#delta/schema.ts';
import { setPropertiesOperation } from '#delta/set-properties.ts';
import { loadSnapshot, type Snapshot } from '#delta/snapshot.ts';
import { type Operation, type TransactOutcome, transact } from '#delta/transact.ts';
import { addFile } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const dayMs = 86_400_000;
const tombstoneLifeMs = 7 * dayMs;

type Step =
  | { kind: 'append'; files: number; partition: string | null; app: number; grows: boolean }
  | { kind: 'optimize' | 'remove'; picks: number[] }
  | { kind: 'restore'; pick: number }
  | { kind: 'property'; key: string; value: string | null }
  | { kind: 'checkpoint' }
  | { kind: 'wait'; days: number };

const picks = fc.array(fc.nat(9), { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      files: fc.nat(3),
      partition: fc.constantFrom('1', 'a b/c', null),
      app: fc.nat(2),
      grows: fc.nat(4).map((chance) => chance === 0),
    }),
  },
  { weight: 3, arbitrary: picks.map((chosen) => ({ kind: 'optimize' as const, picks: chosen })) },
  { weight: 2, arbitrary: picks.map((chosen) => ({ kind: 'remove' as const, picks: chosen })) },
  { weight: 1, arbitrary: fc.nat(9).map((pick) => ({ kind: 'restore' as const, pick })) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('property' as const),
      key: fc.constantFrom('owner', 'delta.logRetentionDuration', 'delta.isolationLevel'),
      value: fc.constantFrom(null, 'Serializable', 'WriteSerializable', 'interval 3 days'),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }).map((days) => ({ kind: 'wait' as const, days })) },
);

/** A step, and how many versions ago its operation was planned from. */
interface PlannedStep {
  step: Step;
  staleBy: number;
}

const steps = fc.array(fc.record({ step, staleBy: fc.nat(2) }), { maxLength: 14, size: 'max' });

const schema = parseSchema(
  JSON.stringify({
    type: 'struct',
    fields: ['id', 'day'].map((name) => ({ name, type: 'string', nullable: true, metadata: {} })),
  }),
);

/** A table of files whose rows are numbers, written by our operations; `rows` is what it should hold, by version. */
class Written {
  readonly objects = memoryObjectStore(() => this.nowMs);
  nowMs = 1_700_000_000_000;
  readonly rows: number[][] = [];
  /** By version, as their writers found them. */
  readonly states: LogState[] = [];
  readonly files: AddFile[][] = [];
  /** Versions with a checkpoint. */
  readonly checkpoints = new Set<number>();
  readonly #log = { objects: this.objects, logStore: conditionalLogStore(this.objects) };
  readonly #rowsOf = new Map<string, readonly number[]>();
  readonly #ordinals = [0n, 0n, 0n];
  #ids = 0;

  async create(isV2: boolean): Promise<void> {
    const attempt = { txnId: 'create', nowMs: this.nowMs, engineInfo: 'test' };
    const creation = { id: 't', schema, partitionColumns: ['day'], configuration: {}, files: [], txns: [] };
    const actions = planCreate({ ...attempt, ...creation }).map((action) => {
      if (isV2 && 'protocol' in action) {
        const features = ['v2Checkpoint'];
        const protocol = {
          minReaderVersion: 3,
          minWriterVersion: 7,
          readerFeatures: features,
          writerFeatures: features,
        };
        return { protocol };
      }
      if (!isV2 || !('metaData' in action)) return action;
      return { metaData: { ...action.metaData, configuration: { 'delta.checkpointPolicy': 'v2' } } };
    });
    await this.#log.logStore.commit(0, actions, 'create');
    await this.#note([]);
  }

  async run({ step, staleBy }: PlannedStep): Promise<void> {
    const from = Math.max(0, this.states.length - 1 - staleBy);
    switch (step.kind) {
      case 'wait':
        this.nowMs += step.days * dayMs;
        return;
      case 'checkpoint':
        await writeCheckpoint(this.objects, checkpointCodec, this.states.length - 1, this.nowMs, () => this.#uuid());
        this.checkpoints.add(this.states.length - 1);
        return;
      case 'append':
        return this.#append(step);
      case 'property': {
        if (step.key !== 'owner' && step.value?.startsWith('interval') === (step.key === 'delta.isolationLevel'))
          return;
        await this.#expect(from, setPropertiesOperation({ [step.key]: step.value }), (rows) => rows);
        return;
      }
      case 'optimize': {
        const inputs = this.#chosen(from, step.picks);
        const output = this.#newFile(
          '1',
          inputs.flatMap((file) => this.#rowsOf.get(file.path)!),
        );
        if (inputs.length > 0)
          await this.#expect(from, optimizeOperation({ inputs, outputs: [output] }), (rows) => rows);
        return;
      }
      case 'remove': {
        const files = this.#chosen(from, step.picks);
        const going = new Set(files.flatMap(({ path }) => this.#rowsOf.get(path)!));
        await this.#expect(
          from,
          {
            plan: (state, attempt, winners) =>
              planRemove({
                ...attempt,
                state,
                files,
                winners,
                operation: { operation: 'DELETE', operationParameters: {} },
              }),
            reads: { kind: 'nothing' },
          },
          (rows, outcome) => {
            const left = new Set(outcome.actions.flatMap((action) => ('remove' in action ? [action.remove.path] : [])));
            const gone = new Set([...left].flatMap((path) => this.#rowsOf.get(path)!));
            expect([...gone].every((row) => going.has(row))).toBe(true);
            return rows.filter((row) => !gone.has(row));
          },
        );
        return;
      }
      case 'restore': {
        const version = step.pick % (from + 1);
        const now = await openTableFiles(this.objects, checkpointCodec, from);
        const before = (await openTableFiles(this.objects, checkpointCodec, version))!;
        const operation = restoreOperation({ state: before.state }, await differenceOf(now!, before));
        await this.#expect(from, operation, () => this.rows[version]!);
        return;
      }
    }
  }

  async #append({ files: count, partition, app, grows }: Extract<Step, { kind: 'append' }>): Promise<void> {
    const state = this.states.at(-1)!;
    const files = Array.from({ length: count }, () => this.#newFile(partition, [++this.#ids, ++this.#ids]));
    const ordinal = this.#ordinals[app]! + 2n ** 60n;
    this.#ordinals[app] = ordinal;
    const now = parseSchema(state.metaData.schemaString);
    const column = { name: `c${++this.#ids}`, type: 'long', nullable: true, metadata: { note: 'kept' } };
    const txnId = `append-${++this.#ids}`;
    const actions = planAppend({
      state,
      files,
      txns: [{ appId: `app-${app}`, version: ordinal, lastUpdated: this.nowMs }],
      ...(grows ? { schema: { ...now, fields: [...now.fields, column] } } : {}),
      txnId,
      nowMs: this.nowMs,
      engineInfo: 'test',
    });
    expect(await this.#log.logStore.commit(state.version + 1, actions, txnId)).toMatchObject({ kind: 'committed' });
    await this.#note([...this.rows.at(-1)!, ...files.flatMap(({ path }) => this.#rowsOf.get(path)!)]);
  }

  async #expect(
    from: number,
    operation: Operation,
    rowsAfter: (rows: number[], outcome: Extract<TransactOutcome, { kind: 'committed' }>) => number[],
  ): Promise<void> {
    const ports = { nowMs: () => this.nowMs, txnId: () => `operation-${++this.#ids}`, engineInfo: 'test' };
    const outcome = await transact(this.#log, this.states[from]!, operation, ports);
    if (outcome.kind !== 'committed') {
      if (outcome.kind === 'conflict') expect(from).toBeLessThan(this.states.length - 1);
      return;
    }
    expect(outcome.version).toBe(this.states.length);
    await this.#note(rowsAfter(this.rows.at(-1)!, outcome));
  }

  /** The table holds these rows now: each once. */
  async #note(rows: number[]): Promise<void> {
    const snapshot = (await loadSnapshot(this.objects, checkpointCodec))!;
    const files = [...snapshot.files.values()];
    const found = files.flatMap(({ path }) => this.#rowsOf.get(path)!);
    expect(found.toSorted((left, right) => left - right)).toEqual(rows.toSorted((left, right) => left - right));
    this.rows.push(rows);
    this.files.push(files);
    this.states.push((await loadLogState(this.objects, checkpointCodec))!);
  }

  #uuid(): string {
    return `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`;
  }

  #newFile(partition: string | null, rows: readonly number[]): AddFile {
    const path = `part-${++this.#ids}%20x.parquet`;
    this.#rowsOf.set(path, rows);
    const stats = `{"numRecords":${rows.length},"maxValues":{"id":9223372036854775807}}`;
    const tags = { kind: 'test' };
    return addFile(path, { partitionValues: { day: partition }, modificationTime: this.nowMs, stats, tags });
  }

  #chosen(version: number, chosen: readonly number[]): AddFile[] {
    const files = this.files[version]!;
    if (files.length === 0) return [];
    return [...new Set(chosen.map((pick) => pick % files.length))].map((index) => files[index]!);
  }
}

/** The same log with one checkpoint and what follows it, or without any. */
function logFrom(written: Written, checkpoint: number | undefined) {
  const store = memoryObjectStore();
  for (const [path, object] of written.objects.objects) {
    const file = parseLogPath(path);
    const isKept =
      file === undefined
        ? path !== lastCheckpointPath && path.startsWith(`${logFolder}_sidecars/`)
        : file.kind === 'commit'
          ? file.version >= (checkpoint ?? 0)
          : file.version === checkpoint;
    if (isKept) store.objects.set(path, object);
  }
  return store;
}

/** What must not depend on where the replay began. Checkpoints leave out expired tombstones, and fields of them. */
const comparable = ({ files, tombstones, ...state }: Snapshot, nowMs: number) => ({
  ...state,
  txns: new Map(state.txns),
  domains: new Map(state.domains),
  files: new Map([...files].map(([key, add]) => [key, { ...add, dataChange: false }])),
  tombstones: new Map(
    [...tombstones]
      .filter(([, { deletionTimestamp = 0 }]) => deletionTimestamp > nowMs - tombstoneLifeMs)
      .map(([key, { tags: _, ...remove }]) => [key, { ...remove, dataChange: false }]),
  ),
});

test('any operations give one state, from their commits alone and from any checkpoint, with the rows that they should', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), steps, async (isV2, planned) => {
      const written = new Written();
      await written.create(isV2);
      for (const each of planned) await written.run(each);
      const fromCommits = (await loadSnapshot(logFrom(written, undefined), checkpointCodec))!;
      expect(fromCommits.version).toBe(written.states.length - 1);
      for (const version of written.checkpoints) {
        const store = logFrom(written, version);
        expect(await store.head(commitPath(0)).then((commit) => commit === undefined)).toBe(version > 0);
        const kinds = [...store.objects.keys()].map((path) => parseLogPath(path)?.kind);
        expect(kinds).toContain(isV2 ? 'v2Checkpoint' : 'checkpoint');
        const snapshot = (await loadSnapshot(store, checkpointCodec))!;
        expect(comparable(snapshot, written.nowMs)).toEqual(comparable(fromCommits, written.nowMs));
        const { files: _files, tombstones: _tombstones, ...state } = snapshot;
        expect(await loadLogState(store, checkpointCodec)).toEqual(state);
        const opened = (await openTableFiles(store, checkpointCodec))!;
        const listed = new Set((await Array.fromAsync(opened.files())).map(({ path }) => path));
        expect(listed).toEqual(new Set([...snapshot.files.values()].map(({ path }) => path)));
      }
    }),
    { numRuns: 60 },
  );
});
