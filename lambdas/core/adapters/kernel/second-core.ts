import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { secondCoreFile } from '#contract/environment.ts';
import {
  type Answered,
  type Answers,
  type AskedJob,
  answersSignal,
  type Job,
  readySignal,
} from './second-core-jobs.ts';

/** A thread that is there answers within milliseconds, with other processes around it within some hundred. */
const patienceMs = 5_000;

/** What the thread runs: beside this file as it stands, or beside the bundle that this is part of. */
const threadFile = import.meta.url.endsWith('/second-core.ts') ? 'second-core-thread.ts' : secondCoreFile;

/** An answer that is to come. Nothing: the thread has failed, and takes no more jobs. */
export type Pending<Kind extends Job['kind']> = () => Answers[Kind] | undefined;

/** A second thread that takes jobs, and ends with the process. Waiting for its answers holds this thread up. */
export class SecondCore {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signals = new Int32Array(new SharedArrayBuffer(8));
  readonly #patienceMs: number;
  #asked = 0;
  /** Why it takes no jobs any more. */
  failure: string | undefined;

  constructor({ waitMs = patienceMs }: { waitMs?: number } = {}) {
    const { port1, port2 } = new MessageChannel();
    this.#patienceMs = waitMs;
    this.#port = port1;
    this.#worker = new Worker(new URL(threadFile, import.meta.url), {
      workerData: { port: port2, signals: this.#signals },
      transferList: [port2],
    });
    this.#worker.on('error', (error) => this.#fail(String(error)));
    this.#worker.on('exit', (code) => this.#fail(`expected the thread to go on, but it ended with ${code}`));
    this.#worker.unref();
  }

  /** Whether it takes jobs: its thread takes a moment to begin. */
  get isReady(): boolean {
    return this.failure === undefined && Atomics.load(this.#signals, readySignal) === 1;
  }

  ask<Kind extends Job['kind']>(job: Extract<Job, { kind: Kind }>): Pending<Kind> {
    const id = this.#asked++;
    this.#port.postMessage({ id, job } satisfies AskedJob);
    return () => this.#answerTo(id) as Answers[Kind] | undefined;
  }

  async close(): Promise<void> {
    this.#fail('expected no more jobs: it was closed');
    await this.#worker.terminate();
  }

  #answerTo(id: number): Answers[Job['kind']] | undefined {
    while (this.failure === undefined) {
      const answers = Atomics.load(this.#signals, answersSignal);
      const received = receiveMessageOnPort(this.#port)?.message as Answered | undefined;
      if (received !== undefined && received.id !== id) continue;
      if (received !== undefined && 'answer' in received) return received.answer;
      if (received !== undefined) this.#fail(received.failure);
      else if (Atomics.wait(this.#signals, answersSignal, answers, this.#patienceMs) === 'timed-out') {
        this.#fail(`expected an answer within ${this.#patienceMs} ms`);
      }
    }
    return undefined;
  }

  #fail(failure: string): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.#port.close();
    void this.#worker.terminate();
  }
}
