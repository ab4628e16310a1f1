import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../log/durable-json.ts';
import { evenRanges, type HashKeyRange } from './hash-key.ts';
import { KinesisError } from './kinesis-error.ts';
import { parseSequenceNumber } from './sequence-number.ts';
import { Shard, type ShardState, shardId } from './shard.ts';

export type StreamMode = 'PROVISIONED' | 'ON_DEMAND';

/** What is kept of a stream beside its shards. */
export interface StreamSettings {
  name: string;
  createdMs: number;
  mode: StreamMode;
  retentionHours: number;
  maxRecordKiB: number;
  consumers: { name: string; createdMs: number }[];
  tags: Record<string, string>;
}

interface StreamState {
  settings: StreamSettings;
  nextShard: number;
  shards: (Omit<ShardState, 'range'> & { from: string; to: string })[];
}

/** Where reading a shard begins. */
export type StartingPoint =
  | { type: 'TRIM_HORIZON' | 'LATEST' }
  | { type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER'; sequenceNumber: string }
  | { type: 'AT_TIMESTAMP'; timeMs: number };

const hourMs = 3_600_000;

/** A stream in a folder: `stream.json` and one folder of segments for each shard. */
export class Stream {
  readonly settings: StreamSettings;
  readonly #folder: string;
  readonly #shards: Shard[];
  #nextShard: number;

  private constructor(folder: string, { settings, shards, nextShard }: StreamState) {
    this.#folder = folder;
    this.settings = settings;
    this.#nextShard = nextShard;
    this.#shards = shards.map(({ from, to, ...state }) =>
      this.#openShard({ ...state, range: { from: BigInt(from), to: BigInt(to) } }),
    );
  }

  static create(folder: string, settings: StreamSettings, shardCount: number): Stream {
    const stream = new Stream(folder, { settings, shards: [], nextShard: 0 });
    for (const range of evenRanges(shardCount)) stream.#addShard(range, [], settings.createdMs);
    stream.save();
    return stream;
  }

  static open(folder: string): Stream | undefined {
    const state = readJson<StreamState>(join(folder, 'stream.json'));
    return state && new Stream(folder, state);
  }

  get shards(): readonly Shard[] {
    return this.#shards;
  }

  get openShards(): Shard[] {
    return this.#shards.filter((shard) => shard.open);
  }

  shard(id: string): Shard {
    const shard = this.#shards.find((candidate) => candidate.id === id);
    if (shard !== undefined) return shard;
    throw new KinesisError('ResourceNotFoundException', `Shard ${id} in stream ${this.settings.name} does not exist`);
  }

  /** The open shard that takes a hash key. */
  shardFor(hashKey: bigint): Shard {
    for (const shard of this.#shards) {
      if (shard.open && shard.state.range.from <= hashKey && hashKey <= shard.state.range.to) return shard;
    }
    throw new Error(`stream ${this.settings.name}: no open shard for hash key ${hashKey}`);
  }

  childrenOf(parent: Shard): Shard[] {
    return this.#shards.filter((shard) => shard.state.parents.includes(parent.state.index));
  }

  /** Ordinal at which reading begins. */
  ordinalAt(shard: Shard, from: StartingPoint, nowMs: number): number {
    switch (from.type) {
      case 'TRIM_HORIZON':
        return shard.ordinalAtTime(this.horizonMs(nowMs));
      case 'LATEST':
        return shard.nextOrdinal;
      case 'AT_TIMESTAMP':
        return shard.ordinalAtTime(Math.max(from.timeMs, this.horizonMs(nowMs)));
      case 'AT_SEQUENCE_NUMBER':
      case 'AFTER_SEQUENCE_NUMBER': {
        const parsed = parseSequenceNumber(from.sequenceNumber);
        if (parsed.shard !== shard.state.index || parsed.timeMs < shard.state.createdMs) {
          throw new KinesisError(
            'InvalidArgumentException',
            `StartingSequenceNumber ${from.sequenceNumber} used in GetShardIterator on shard ${shard.id} in stream ${this.settings.name} is invalid because it did not come from this shard`,
          );
        }
        return from.type === 'AT_SEQUENCE_NUMBER' ? Math.max(1, parsed.ordinal) : parsed.ordinal + 1;
      }
      default:
        return from satisfies never;
    }
  }

  /** Records that arrived before this time have passed the retention period. */
  horizonMs(nowMs: number): number {
    return nowMs - this.settings.retentionHours * hourMs;
  }

  split(shard: Shard, at: bigint, nowMs: number): void {
    const { from, to } = shard.state.range;
    if (at <= from || at > to) {
      throw new KinesisError(
        'InvalidArgumentException',
        `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${this.settings.name} is not both greater than one plus the shard's StartingHashKey ${from} and less than the shard's EndingHashKey ${to}`,
      );
    }
    const bornMs = this.#closeShards([shard], nowMs);
    this.#addShard({ from, to: at - 1n }, [shard], bornMs);
    this.#addShard({ from: at, to }, [shard], bornMs);
    this.save();
  }

  merge(shard: Shard, adjacent: Shard, nowMs: number): void {
    const [low, high] = shard.state.range.from < adjacent.state.range.from ? [shard, adjacent] : [adjacent, shard];
    if (low.state.range.to + 1n !== high.state.range.from) {
      throw new KinesisError(
        'InvalidArgumentException',
        `Shards ${shard.id} and ${adjacent.id} in stream ${this.settings.name} are not an adjacent pair of shards eligible for merging`,
      );
    }
    const bornMs = this.#closeShards([shard, adjacent], nowMs);
    this.#addShard({ from: low.state.range.from, to: high.state.range.to }, [shard, adjacent], bornMs);
    this.save();
  }

  /** Splits and merges until the open shards divide the key space evenly. */
  reshard(shardCount: number, nowMs: number): void {
    for (const { from, to } of evenRanges(shardCount)) {
      const straddling = this.shardFor(from);
      if (straddling.state.range.from < from) this.split(straddling, from, nowMs);
      for (;;) {
        const low = this.shardFor(from);
        if (low.state.range.to >= to) break;
        const high = this.shardFor(low.state.range.to + 1n);
        if (high.state.range.to > to) this.split(high, to + 1n, nowMs);
        else this.merge(low, high, nowMs);
      }
    }
  }

  /** Forgets records past retention, file by file, and closed shards all of whose records are. */
  trim(nowMs: number): void {
    const horizonMs = this.horizonMs(nowMs);
    for (const shard of [...this.#shards]) {
      shard.dropBefore(horizonMs);
      if (shard.state.closedMs === undefined || shard.state.closedMs >= horizonMs) continue;
      this.#shards.splice(this.#shards.indexOf(shard), 1);
      this.save();
      shard.close();
      rmSync(join(this.#folder, shard.id), { recursive: true, force: true });
    }
  }

  save(): void {
    const state: StreamState = {
      settings: this.settings,
      nextShard: this.#nextShard,
      shards: this.#shards.map(({ state: { range, ...rest } }) => ({
        ...rest,
        from: String(range.from),
        to: String(range.to),
      })),
    };
    writeJson(join(this.#folder, 'stream.json'), state);
  }

  close(): void {
    for (const shard of this.#shards) shard.close();
  }

  /** Closes shards at one time, which lies after all they hold, and returns the time their children are born. */
  #closeShards(shards: readonly Shard[], nowMs: number): number {
    const closedMs = Math.max(nowMs, ...shards.map((shard) => shard.lastMs));
    for (const shard of shards) {
      if (!shard.open) {
        throw new KinesisError(
          'ResourceInUseException',
          `Shard ${shard.id} in stream ${this.settings.name} is closed: expected an open shard`,
        );
      }
    }
    for (const shard of shards) shard.state.closedMs = closedMs;
    return closedMs + 1;
  }

  #addShard(range: HashKeyRange, parents: readonly Shard[], createdMs: number): void {
    const index = this.#nextShard++;
    this.#shards.push(this.#openShard({ index, range, parents: parents.map(({ state }) => state.index), createdMs }));
  }

  #openShard(state: ShardState): Shard {
    return new Shard(state, join(this.#folder, shardId(state.index)));
  }
}
