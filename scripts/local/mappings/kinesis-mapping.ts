import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MappingReport } from '../local-aws.ts';
import { readJson, writeJson } from '../log/durable-json.ts';
import type { Condition } from './delivery.ts';
import type { Entry } from './entry.ts';
import { failureObject } from './failure-destination.ts';
import type { HostedMapping, MappingHost } from './hosted-mapping.ts';
import { type KinesisRecord, kinesisEvent } from './kinesis-event.ts';
import type { KinesisMappingSpec } from './mapping-spec.ts';
import { Poller } from './poller.ts';
import { ShardLane } from './shard-lane.ts';
import type { ShardStart, StreamReader } from './source-reader.ts';

/** How far a shard has been acknowledged. */
type ShardPosition = { kind: 'from'; start: ShardStart } | { kind: 'finished' };

const lookForShardsMs = 250;

interface ShardAtWork {
  lane: ShardLane;
  poller: Poller<KinesisRecord>;
}

/** A mapping that begins elsewhere is another one, as CloudFormation makes it anew: what an earlier one has acknowledged is forgotten. */
function positionsPathOf({ id, startingPosition }: KinesisMappingSpec, folder: string): string {
  const at = startingPosition.type === 'AT_TIMESTAMP' ? `-${startingPosition.timeMs}` : '';
  const name = startingPosition.type === 'TRIM_HORIZON' ? `${id}.json` : `${id}.${startingPosition.type}${at}.json`;
  const others = existsSync(folder) ? readdirSync(folder) : [];
  for (const other of others) if (other !== name && other.startsWith(`${id}.`)) rmSync(join(folder, other));
  return join(folder, name);
}

/** Reads every shard of a stream with a poller of its own; a child only when its parents are finished. */
export class KinesisMapping implements HostedMapping {
  readonly #spec: KinesisMappingSpec;
  readonly #reader: StreamReader;
  readonly #host: MappingHost;
  readonly #positionsPath: string;
  readonly #positions: Record<string, ShardPosition>;
  readonly #shards = new Map<string, ShardAtWork>();
  readonly #timer: NodeJS.Timeout;
  #finished = { records: 0, batches: 0, failures: 0 };

  constructor(spec: KinesisMappingSpec, reader: StreamReader, host: MappingHost) {
    this.#spec = spec;
    this.#reader = reader;
    this.#host = host;
    this.#positionsPath = positionsPathOf(spec, host.positionsFolder);
    const known = readJson<Record<string, ShardPosition>>(this.#positionsPath);
    this.#positions = known ?? this.#firstPositions();
    if (known === undefined) this.#savePositions();
    this.#startReadable();
    this.#timer = setInterval(() => {
      try {
        this.#startReadable();
      } catch (error) {
        host.log(`${spec.functionName}: cannot list the shards of ${spec.streamName}: ${String(error)}`);
      }
    }, lookForShardsMs);
  }

  report(): MappingReport {
    const shards = [...this.#shards.values()];
    const sum = (what: 'records' | 'batches' | 'failures'): number =>
      shards.reduce((total, { poller }) => total + poller.counts[what], this.#finished[what]);
    return {
      functionName: this.#spec.functionName,
      kind: 'kinesis',
      origin: this.#spec.streamName,
      lag: this.#lag(),
      busy: shards.some(({ poller }) => poller.busy),
      records: sum('records'),
      batches: sum('batches'),
      failures: sum('failures'),
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#shards.values()].map(({ poller }) => poller.stop()));
  }

  /** LATEST is settled once, when the mapping is new: shards that appear later are read from their start. */
  #firstPositions(): Record<string, ShardPosition> {
    if (this.#spec.startingPosition.type !== 'LATEST') return {};
    const { streamName } = this.#spec;
    const positions = this.#reader.shards(streamName).map(({ shardId }): [string, ShardPosition] => {
      const last = this.#lastSequenceNumber(shardId);
      const start: ShardStart =
        last === undefined ? { type: 'TRIM_HORIZON' } : { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last };
      return [shardId, { kind: 'from', start }];
    });
    return Object.fromEntries(positions);
  }

  #lastSequenceNumber(shardId: string): string | undefined {
    let start: ShardStart = { type: 'TRIM_HORIZON' };
    let last: string | undefined;
    for (;;) {
      const { records, behind } = this.#reader.readShard(
        this.#spec.streamName,
        shardId,
        start,
        10_000,
        16 * 1024 * 1024,
      );
      last = records.at(-1)?.sequenceNumber ?? last;
      if (behind === 0 || last === undefined) return last;
      start = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last };
    }
  }

  #startReadable(): void {
    const shards = this.#reader.shards(this.#spec.streamName);
    for (const { shardId, parents } of shards) {
      const isFinished = (id: string): boolean => this.#positions[id]?.kind === 'finished';
      if (!this.#shards.has(shardId) && !isFinished(shardId) && parents.every(isFinished)) this.#start(shardId);
    }
  }

  #start(shardId: string): void {
    const { streamName, streamArn, startingPosition, batchSize, windowMs, rules } = this.#spec;
    const position = this.#positions[shardId];
    const start: ShardStart =
      position?.kind === 'from'
        ? position.start
        : startingPosition.type === 'AT_TIMESTAMP'
          ? startingPosition
          : { type: 'TRIM_HORIZON' };
    const { region, functionArn } = this.#host;
    const roleArn = functionArn.replace(/:lambda:[^:]*:(\d+):function:/, ':iam::$1:role/');
    const lane = new ShardLane({
      reader: this.#reader,
      streamName,
      context: { shardId, streamArn, region, roleArn },
      from: start,
      onAcknowledged: (sequenceNumber) => {
        this.#positions[shardId] = { kind: 'from', start: { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber } };
        this.#savePositions();
      },
      giveUp: (entries, condition, invocations) => this.#giveUp(shardId, entries, condition, invocations),
    });
    const poller = new Poller(lane, {
      batchSize,
      windowMs,
      rules,
      invoke: (payload) => this.#host.invoke(payload),
      onFailure: (reason) => this.#host.log(`${this.#spec.functionName}: ${streamName}/${shardId}: ${reason}`),
    });
    this.#shards.set(shardId, { lane, poller });
    void poller.done.then(() => this.#pollerEnded(shardId));
  }

  #pollerEnded(shardId: string): void {
    const { lane, poller } = this.#shards.get(shardId)!;
    if (!lane.ended() || lane.lag() > 0) return;
    for (const what of ['records', 'batches', 'failures'] as const) this.#finished[what] += poller.counts[what];
    this.#shards.delete(shardId);
    this.#positions[shardId] = { kind: 'finished' };
    this.#savePositions();
  }

  #lag(): number {
    const reading = [...this.#shards.values()].reduce((sum, { lane }) => sum + lane.lag(), 0);
    const waiting = this.#reader
      .shards(this.#spec.streamName)
      .filter(({ shardId }) => !this.#shards.has(shardId) && this.#positions[shardId]?.kind !== 'finished')
      .map(({ shardId }) => this.#reader.readShard(this.#spec.streamName, shardId, { type: 'TRIM_HORIZON' }, 1, 1))
      .reduce((sum, { records, behind }) => sum + records.length + behind, 0);
    return reading + waiting;
  }

  #savePositions(): void {
    writeJson(this.#positionsPath, this.#positions);
  }

  async #giveUp(
    shardId: string,
    entries: Entry<KinesisRecord>[],
    condition: Condition,
    invocations: number,
  ): Promise<void> {
    const { failureBucket, streamName, streamArn, id } = this.#spec;
    this.#host.log(
      `${this.#spec.functionName}: ${streamName}/${shardId}: ${entries.length} records given up: ${condition}`,
    );
    if (failureBucket === undefined) return;
    const [first, last] = [entries[0]!.record, entries.at(-1)!.record];
    const { key, body } = failureObject({
      mappingId: id,
      functionArn: this.#host.functionArn,
      condition,
      invocations,
      folder: shardId,
      info: {
        KinesisBatchInfo: {
          shardId,
          startSequenceNumber: first.sequenceNumber,
          endSequenceNumber: last.sequenceNumber,
          approximateArrivalOfFirstRecord: new Date(first.arrivalMs).toISOString(),
          approximateArrivalOfLastRecord: new Date(last.arrivalMs).toISOString(),
          batchSize: entries.length,
          streamArn,
        },
      },
      payload: kinesisEvent(entries),
      nowMs: Date.now(),
    });
    await this.#host.putObject(failureBucket, key, body);
  }
}
