import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionReport, KillReport } from '../local-aws.ts';
import type { FunctionLog } from './function-log.ts';
import { FunctionProcess } from './function-process.ts';
import type { FunctionSpec } from './function-spec.ts';
import { type FunctionFailure, type InvocationOutcome, maxPayloadBytes } from './invocation.ts';

const tooLarge = (bytes: number): FunctionFailure => ({
  by: 'answer',
  error: {
    errorType: 'RequestTooLargeException',
    errorMessage: `Request must be smaller than ${maxPayloadBytes} bytes for the InvokeFunction operation, got ${bytes}`,
  },
});

const closed: InvocationOutcome = {
  kind: 'failed',
  by: 'exit',
  error: { errorType: 'ServiceException', errorMessage: 'the local AWS is closing' },
};

/** A hosted function: a few processes, started when work comes and kept, one invocation each at a time. */
export class LocalFunction {
  readonly spec: FunctionSpec;
  readonly #log: FunctionLog;
  readonly #processes = new Set<FunctionProcess>();
  readonly #idle: FunctionProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #taken = 0;
  #invocations = 0;
  #errors = 0;
  #timeouts = 0;
  #kills = 0;
  #killsWhileRunning = 0;

  constructor(spec: FunctionSpec, log: FunctionLog) {
    this.spec = spec;
    this.#log = log;
  }

  /** Loads the bundle into a first process, so that the first invocation finds it ready. */
  async warm(): Promise<void> {
    if (this.#processes.size > 0 || this.#closing.signal.aborted) return;
    const process = await this.#startProcess();
    await process.loaded;
    if (this.#processes.has(process)) this.#idle.push(process);
  }

  /** A synchronous invocation with a payload of JSON text. Waits while `maxProcesses` others run. */
  async invoke(payload: string): Promise<InvocationOutcome> {
    if (this.#closing.signal.aborted) return closed;
    const bytes = Buffer.byteLength(payload);
    if (bytes > maxPayloadBytes) return { kind: 'failed', ...tooLarge(bytes) };
    const invocation = this.#invokeOnFreeProcess(payload);
    this.#running.add(invocation);
    try {
      return await invocation;
    } finally {
      this.#running.delete(invocation);
    }
  }

  /** An asynchronous invocation: answers at once; failures are retried after the waits that the spec names. */
  invokeAsync(payload: string): void {
    void this.#invokeWithRetries(payload);
  }

  /** Kills a process, one that runs an invocation if there is any. */
  kill(): KillReport {
    const victim = this.#processes.values().find((process) => process.running) ?? this.#processes.values().next().value;
    if (victim === undefined) return { killed: false, running: false };
    const { running } = victim;
    this.#kills++;
    if (running) this.#killsWhileRunning++;
    victim.kill();
    return { killed: true, running };
  }

  report(): FunctionReport {
    return {
      name: this.spec.name,
      logicalId: this.spec.logicalId,
      processes: this.#processes.size,
      running: this.#running.size,
      invocations: this.#invocations,
      errors: this.#errors,
      timeouts: this.#timeouts,
      kills: this.#kills,
      killsWhileRunning: this.#killsWhileRunning,
      logFile: this.#log.path,
      ...(this.#log.lastError === undefined ? {} : { lastError: this.#log.lastError }),
    };
  }

  /** Takes no new invocation, gives running ones `graceMs`, then kills every process. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.race([Promise.allSettled(this.#running), sleep(graceMs, undefined, { ref: false })]);
    for (const process of this.#processes) process.kill();
    await Promise.allSettled(this.#running);
    await this.#log.close();
  }

  async #invokeWithRetries(payload: string): Promise<void> {
    for (const delayMs of [...this.spec.asyncRetryDelaysMs, undefined]) {
      const outcome = await this.invoke(payload);
      if (outcome.kind === 'succeeded' || delayMs === undefined || this.#closing.signal.aborted) return;
      await sleep(delayMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
    }
  }

  async #invokeOnFreeProcess(payload: string): Promise<InvocationOutcome> {
    if (this.#taken >= this.spec.maxProcesses) await new Promise<void>((wake) => this.#waiting.push(wake));
    else this.#taken++;
    try {
      if (this.#closing.signal.aborted) return closed;
      const process = this.#idle.pop() ?? (await this.#startProcess());
      this.#invocations++;
      const startedMs = performance.now();
      const outcome = await process.invoke(payload);
      if (this.#processes.has(process)) this.#idle.push(process);
      this.#log.write(
        `REPORT Duration: ${(performance.now() - startedMs).toFixed(1)} ms\tEvent: ${payload.length} characters`,
      );
      this.#count(outcome);
      return outcome;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }

  async #startProcess(): Promise<FunctionProcess> {
    const process = await FunctionProcess.start(this.spec, this.#log, (ended) => {
      this.#processes.delete(ended);
      const at = this.#idle.indexOf(ended);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    this.#processes.add(process);
    return process;
  }

  #count(outcome: InvocationOutcome): void {
    if (outcome.kind === 'succeeded') return;
    this.#errors++;
    if (outcome.by === 'timeout') this.#timeouts++;
    const { errorType, errorMessage } = outcome.error;
    this.#log.write(`${errorType}: ${errorMessage}`);
  }
}
