import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../log/durable-json.ts';

export interface CommittedOffset {
  offset: number;
  metadata: string;
}

interface KeptGroup {
  group: string;
  generation: number;
  protocolType: string;
  offsets: Record<string, Record<number, CommittedOffset>>;
}

/** What is kept of one consumer group: committed offsets, and the generation so that it never falls. */
export class GroupOffsets {
  readonly #path: string;
  readonly #kept: KeptGroup;

  constructor(path: string, kept: KeptGroup) {
    this.#path = path;
    this.#kept = kept;
  }

  get group(): string {
    return this.#kept.group;
  }

  get generation(): number {
    return this.#kept.generation;
  }

  get protocolType(): string {
    return this.#kept.protocolType;
  }

  get topics(): { topic: string; partitions: number[] }[] {
    return Object.entries(this.#kept.offsets).map(([topic, byPartition]) => ({
      topic,
      partitions: Object.keys(byPartition).map(Number),
    }));
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#kept.offsets[topic]?.[partition];
  }

  /** Offsets are on disk when this returns. */
  commit(offsets: readonly ({ topic: string; partition: number } & CommittedOffset)[]): void {
    for (const { topic, partition, offset, metadata } of offsets) {
      this.#kept.offsets[topic] ??= {};
      this.#kept.offsets[topic][partition] = { offset, metadata };
    }
    this.#save();
  }

  startGeneration(generation: number, protocolType: string): void {
    this.#kept.generation = generation;
    this.#kept.protocolType = protocolType;
    this.#save();
  }

  forgetTopic(topic: string): void {
    if (this.#kept.offsets[topic] === undefined) return;
    delete this.#kept.offsets[topic];
    this.#save();
  }

  delete(): void {
    rmSync(this.#path, { force: true });
  }

  #save(): void {
    writeJson(this.#path, this.#kept);
  }
}

const fileName = (group: string): string => `${Buffer.from(group).toString('hex')}.json`;

/** Opens every group kept in a folder. */
export function openGroupOffsets(folder: string): GroupOffsets[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => new GroupOffsets(join(folder, name), readJson<KeptGroup>(join(folder, name))!));
}

export const newGroupOffsets = (folder: string, group: string): GroupOffsets =>
  new GroupOffsets(join(folder, fileName(group)), { group, generation: 0, protocolType: '', offsets: {} });
