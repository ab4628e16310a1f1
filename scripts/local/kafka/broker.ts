import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readJson, writeJson } from '../log/durable-json.ts';
import { Groups } from './groups.ts';
import { Topics } from './topics.ts';

interface BrokerState {
  clusterId: string;
  nextProducerId: number;
}

/** The broker's state behind its protocol: topics, groups, producer ids. One node, which leads every partition. */
export class Broker {
  readonly nodeId = 1;
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly #path: string;
  readonly #state: BrokerState;
  readonly #waiting = new Set<() => void>();
  readonly #expectedMembers = new Set<string>();
  /** Called with the topic of every record batch that a producer appends. */
  onProduced: (topic: string) => void = () => {};

  constructor(root: string, port: number) {
    this.port = port;
    this.#path = join(root, 'broker.json');
    this.#state = readJson<BrokerState>(this.#path) ?? { clusterId: randomUUID(), nextProducerId: 1 };
    writeJson(this.#path, this.#state);
    this.topics = new Topics(join(root, 'topics'));
    this.groups = new Groups(root);
  }

  get clusterId(): string {
    return this.#state.clusterId;
  }

  /** An id that no producer had before, across restarts. */
  newProducerId(): number {
    this.#state.nextProducerId += 1;
    writeJson(this.#path, this.#state);
    return this.#state.nextProducerId - 1;
  }

  /** Remembers a member id that was given out, until it is used to join or its session would have ended. */
  expectMember(memberId: string, sessionTimeoutMs: number): void {
    this.#expectedMembers.add(memberId);
    setTimeout(() => this.#expectedMembers.delete(memberId), sessionTimeoutMs).unref();
  }

  takeExpectedMember(memberId: string): boolean {
    return this.#expectedMembers.delete(memberId);
  }

  deleteTopic(name: string): ReturnType<Topics['delete']> {
    const outcome = this.topics.delete(name);
    this.groups.forgetTopic(name);
    this.appended();
    return outcome;
  }

  /** Wakes those who wait for records. */
  appended(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next append, at the latest after `waitMs` or when aborted. */
  nextAppend(waitMs: number, aborted: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        aborted.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
      if (aborted.aborted) wake();
      else aborted.addEventListener('abort', wake);
    });
  }

  close(): void {
    this.groups.close();
    this.topics.close();
  }
}
