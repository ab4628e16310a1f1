import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, writeJson } from '../log/durable-json.ts';
import type { ChangeReader, ChangeRecord } from './change-reader.ts';
import { matchesPattern } from './event-pattern.ts';
import { fillTemplate } from './input-template.ts';
import type { PipeSpec } from './pipe-spec.ts';

export interface PipeHost {
  region: string;
  /** Folder of the positions that pipes have acknowledged. */
  positionsFolder: string;
  /** Starts an execution with JSON text; settles when it is accepted, or, if asked to wait, when it has succeeded. */
  startExecution(machineArn: string, input: string, waitForEnd: boolean): Promise<void>;
  log(line: string): void;
}

/** Input of one execution, in characters (Step Functions' quota, and Pipes'). */
export const maxInputCharacters = 262_144;

/** A change that nobody announced is found after as long. */
const lookAgainMs = 100;
const firstBackoffMs = 100;
const maxBackoffMs = 5_000;

interface Position {
  after?: string;
}

/** Brings changes of a table that match to a state machine, in order, each at least once. */
export class Pipe {
  readonly #spec: PipeSpec;
  readonly #reader: ChangeReader;
  readonly #host: PipeHost;
  readonly #positionPath: string;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #position: Position | undefined;

  constructor(spec: PipeSpec, reader: ChangeReader, host: PipeHost) {
    this.#spec = spec;
    this.#reader = reader;
    this.#host = host;
    this.#positionPath = join(host.positionsFolder, `${spec.id}.json`);
    this.#position = readJson<Position>(this.#positionPath);
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Where a pipe without a position begins. LATEST is settled once, behind the newest change, so that a restart skips nothing. */
  async #firstPosition(): Promise<Position> {
    if (this.#spec.startingPosition === 'TRIM_HORIZON') return {};
    let position: Position = {};
    for (;;) {
      const last = (await this.#reader.changesAfter(position.after)).at(-1);
      if (last === undefined) return position;
      position = { after: last.dynamodb.SequenceNumber };
    }
  }

  #save(position: Position): void {
    this.#position = position;
    writeJson(this.#positionPath, position);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        if (this.#position === undefined) this.#save(await this.#firstPosition());
        const { inputs, after } = await this.#collect();
        if (inputs.length > 0) await this.#deliver(`[${inputs.join(',')}]`);
        if (after !== undefined && !this.#stopped) this.#save({ after });
      } catch (error) {
        this.#host.log(`pipe ${this.#spec.name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
        await this.#wait(maxBackoffMs);
      }
    }
  }

  /** The next batch as JSON texts, and the position behind it; closed by count, by characters, or by its window. */
  async #collect(): Promise<{ inputs: string[]; after: string | undefined }> {
    const { batchSize, windowMs } = this.#spec;
    const inputs: string[] = [];
    let after = this.#position?.after;
    let characters = 2;
    let closesAtMs = Number.POSITIVE_INFINITY;
    while (!this.#stopped) {
      const changes = await this.#reader.changesAfter(after);
      for (const change of changes) {
        const input = this.#inputOf(change);
        if (input !== undefined) {
          // An input that is too long by itself goes out alone: its target refuses it, and its retries end it.
          if (inputs.length > 0 && characters + input.length + 1 > maxInputCharacters) return { inputs, after };
          inputs.push(input);
          characters += input.length + 1;
        }
        after = change.dynamodb.SequenceNumber;
        if (inputs.length >= batchSize) return { inputs, after };
      }
      if (inputs.length > 0 && closesAtMs === Number.POSITIVE_INFINITY) closesAtMs = Date.now() + windowMs;
      if (Date.now() >= closesAtMs) return { inputs, after };
      if (changes.length > 0) {
        if (inputs.length === 0) return { inputs, after };
        continue;
      }
      await this.#reader.nextChange(Math.min(lookAgainMs, closesAtMs - Date.now()), this.#stopping.signal);
    }
    return { inputs: [], after: undefined };
  }

  /** Undefined for a change that no filter lets through, or that is too old. */
  #inputOf(change: ChangeRecord): string | undefined {
    const { patterns, maxRecordAgeMs, inputTemplate, streamArn } = this.#spec;
    const ageMs = Date.now() - change.dynamodb.ApproximateCreationDateTime * 1000;
    if (maxRecordAgeMs >= 0 && ageMs > maxRecordAgeMs) return undefined;
    const event = {
      ...change,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#host.region,
      eventSourceARN: streamArn,
    };
    if (patterns.length > 0 && !patterns.some((pattern) => matchesPattern(event, pattern))) return undefined;
    return JSON.stringify(inputTemplate === undefined ? event : fillTemplate(inputTemplate, event));
  }

  async #deliver(input: string): Promise<void> {
    const { machineArn, waitsForEnd, maxRetryAttempts, name } = this.#spec;
    for (let failures = 1; !this.#stopped; failures++) {
      try {
        await this.#host.startExecution(machineArn, input, waitsForEnd);
        return;
      } catch (error) {
        this.#host.log(`pipe ${name}: ${error instanceof Error ? error.message : error}`);
        if (maxRetryAttempts >= 0 && failures > maxRetryAttempts) return;
        await this.#wait(Math.min(maxBackoffMs, firstBackoffMs * 2 ** (failures - 1)));
      }
    }
  }

  async #wait(delayMs: number): Promise<void> {
    await sleep(Math.max(0, delayMs), undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
