import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KinesisError } from './kinesis-error.ts';
import { Stream, type StreamSettings } from './stream.ts';

const arnPrefix = 'arn:aws:kinesis:us-east-1:000000000000:stream/';
const deletedSuffix = '~deleted';

export const streamArn = (name: string): string => `${arnPrefix}${name}`;

/** How a request names its stream: by name, by ARN (of any region and account), or both. */
export interface StreamReference {
  StreamName?: string | undefined;
  StreamARN?: string | undefined;
}

/** All streams, one folder each. */
export class Streams {
  readonly #root: string;
  readonly #streams = new Map<string, Stream>();

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true });
    for (const name of readdirSync(root)) {
      if (name.endsWith(deletedSuffix)) {
        rmSync(join(root, name), { recursive: true, force: true });
        continue;
      }
      const stream = Stream.open(join(root, name));
      if (stream !== undefined) this.#streams.set(stream.settings.name, stream);
    }
  }

  get names(): string[] {
    return [...this.#streams.keys()].sort();
  }

  get openShardCount(): number {
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream.openShards.length, 0);
  }

  /** The stream named; ResourceNotFoundException if there is none. */
  get({ StreamName, StreamARN }: StreamReference): Stream {
    const name = StreamName ?? StreamARN?.split(':stream/')[1]?.split('/')[0];
    if (name === undefined) {
      throw new KinesisError('InvalidArgumentException', 'Either StreamName or StreamARN must be provided');
    }
    const stream = this.#streams.get(name);
    if (stream !== undefined) return stream;
    throw new KinesisError(
      'ResourceNotFoundException',
      `Stream ${name} under account 000000000000 not found. Streams: ${this.names.join(', ') || 'none'}`,
    );
  }

  create(settings: StreamSettings, shardCount: number): void {
    if (this.#streams.has(settings.name)) {
      throw new KinesisError(
        'ResourceInUseException',
        `Stream ${settings.name} under account 000000000000 already exists.`,
      );
    }
    this.#streams.set(settings.name, Stream.create(join(this.#root, settings.name), settings, shardCount));
  }

  delete(stream: Stream): void {
    const { name } = stream.settings;
    const folder = join(this.#root, name);
    this.#streams.delete(name);
    stream.close();
    renameSync(folder, `${folder}${deletedSuffix}`);
    rmSync(`${folder}${deletedSuffix}`, { recursive: true, force: true });
  }

  trim(nowMs: number): void {
    for (const stream of this.#streams.values()) stream.trim(nowMs);
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
  }
}
