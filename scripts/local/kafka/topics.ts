import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../log/durable-json.ts';
import { type ErrorCode, errorCode } from './error-code.ts';
import { Partition } from './partition.ts';

/** Topic settings that this broker honours; others are refused. */
export interface TopicConfig {
  'max.message.bytes': number;
  'retention.ms': number;
}

export type TopicConfigName = keyof TopicConfig;

export const defaultTopicConfig: TopicConfig = { 'max.message.bytes': 1_048_588, 'retention.ms': 604_800_000 };

/** Settings that say what this broker does anyway, whatever their value. */
const acceptedConfig = new Set(['cleanup.policy', 'compression.type', 'min.insync.replicas', 'message.timestamp.type']);

export class Topic {
  readonly name: string;
  readonly config: TopicConfig;
  readonly partitions: Partition[] = [];
  readonly #folder: string;

  constructor(name: string, folder: string, partitions: number, config: TopicConfig) {
    this.name = name;
    this.config = config;
    this.#folder = folder;
    this.#open(partitions);
  }

  /** Adds partitions up to a number and keeps the new number. */
  grow(partitions: number): void {
    this.#open(partitions);
    this.save();
  }

  save(): void {
    writeJson(join(this.#folder, 'topic.json'), { partitions: this.partitions.length, config: this.config });
  }

  close(): void {
    for (const partition of this.partitions) partition.close();
  }

  #open(count: number): void {
    while (this.partitions.length < count) {
      this.partitions.push(new Partition(join(this.#folder, String(this.partitions.length))));
    }
  }
}

/** What came of creating or growing a topic. */
export interface TopicOutcome {
  error: ErrorCode;
  message: string | null;
}

export const done: TopicOutcome = { error: errorCode.none, message: null };

const deletedSuffix = '~deleted';
const namePattern = /^[a-zA-Z0-9._-]{1,249}$/;

/** All topics, one folder each: `topic.json` and a folder of segments for each partition. */
export class Topics {
  readonly #root: string;
  readonly #topics = new Map<string, Topic>();

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true });
    for (const name of readdirSync(root)) {
      const folder = join(root, name);
      const kept = readJson<{ partitions: number; config: TopicConfig }>(join(folder, 'topic.json'));
      if (name.endsWith(deletedSuffix) || kept === undefined) rmSync(folder, { recursive: true, force: true });
      else this.#topics.set(name, new Topic(name, folder, kept.partitions, kept.config));
    }
  }

  get all(): Topic[] {
    return [...this.#topics.values()];
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  partition(name: string, index: number): Partition | undefined {
    return this.#topics.get(name)?.partitions[index];
  }

  /** Judges a topic's creation, and does it unless `validateOnly`. */
  create(
    name: string,
    partitions: number,
    config: ReadonlyMap<string, string | null>,
    validateOnly = false,
  ): TopicOutcome {
    if (!namePattern.test(name) || name === '.' || name === '..') {
      return {
        error: errorCode.invalidTopic,
        message: `topic name ${JSON.stringify(name)}: expected ${namePattern.source}`,
      };
    }
    if (this.#topics.has(name))
      return { error: errorCode.topicAlreadyExists, message: `Topic '${name}' already exists.` };
    if (partitions < 1 || partitions > 1000) {
      return {
        error: errorCode.invalidPartitions,
        message: `topic ${name}: ${partitions} partitions, expected 1 to 1000`,
      };
    }
    const parsed = parseConfig(config);
    if ('error' in parsed) return parsed;
    if (validateOnly) return done;
    const topic = new Topic(name, join(this.#root, name), partitions, parsed);
    topic.save();
    this.#topics.set(name, topic);
    return done;
  }

  delete(name: string): TopicOutcome {
    const topic = this.#topics.get(name);
    if (topic === undefined) return { error: errorCode.unknownTopicOrPartition, message: `no topic ${name}` };
    const folder = join(this.#root, name);
    this.#topics.delete(name);
    topic.close();
    renameSync(folder, `${folder}${deletedSuffix}`);
    rmSync(`${folder}${deletedSuffix}`, { recursive: true, force: true });
    return done;
  }

  /** Deletes files whose records have all passed their topic's retention; retention.ms of -1 keeps all. */
  trim(nowMs: number): void {
    for (const { config, partitions } of this.all) {
      if (config['retention.ms'] < 0) continue;
      for (const partition of partitions) partition.dropBefore(nowMs - config['retention.ms']);
    }
  }

  close(): void {
    for (const topic of this.all) topic.close();
  }
}

function parseConfig(given: ReadonlyMap<string, string | null>): TopicConfig | TopicOutcome {
  const config = { ...defaultTopicConfig };
  for (const [name, text] of given) {
    if (acceptedConfig.has(name)) continue;
    const value = Number(text);
    if (!(name in config) || text === null || !Number.isSafeInteger(value)) {
      const known = Object.keys(config).join(', ');
      return { error: errorCode.invalidConfig, message: `${name}=${text}: expected whole numbers for ${known}` };
    }
    config[name as TopicConfigName] = value;
  }
  return config;
}
