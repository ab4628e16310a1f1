import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FunctionLog } from './function-log.ts';
import type { FunctionSpec } from './function-spec.ts';
import { heapFlags } from './heap-flags.ts';
import { type InvocationOutcome, maxPayloadBytes } from './invocation.ts';
import { RuntimeApi } from './runtime-api.ts';
import { runtimeClientModule } from './runtime-client-module.ts';

/** A process that has not asked for work by then is given up. Generous: AWS gives 10 s, on a machine that is not shared. */
const initTimeoutMs = 60_000;
const memoryCheckMs = 1000;

interface Running {
  requestId: string;
  payload: string;
  settle: (outcome: InvocationOutcome) => void;
  timer?: NodeJS.Timeout;
}

/** One process of a function: one invocation at a time, its own Runtime API, ended by time, memory or its own hand. */
export class FunctionProcess {
  readonly #spec: FunctionSpec;
  readonly #api: RuntimeApi;
  readonly #child: ChildProcess;
  readonly #onEnd: (process: FunctionProcess) => void;
  readonly #asked = Promise.withResolvers<void>();
  #ready = false;
  #ended = false;
  #running: Running | undefined;
  #initTimer: NodeJS.Timeout;
  #memoryTimer: NodeJS.Timeout;
  #endedBy: InvocationOutcome | undefined;

  static async start(
    spec: FunctionSpec,
    log: FunctionLog,
    onEnd: (process: FunctionProcess) => void,
  ): Promise<FunctionProcess> {
    let started: FunctionProcess | undefined;
    const api = await RuntimeApi.listen({
      onNext: () => started!.#takeWork(),
      onResponse: (id, payload) => started!.#answered(id, payload),
      onError: (id, error) => started!.#threw(id, error),
      onInitError: (error) => started!.#failedToLoad(error),
    });
    started = new FunctionProcess(spec, api, log, onEnd);
    return started;
  }

  private constructor(
    spec: FunctionSpec,
    api: RuntimeApi,
    log: FunctionLog,
    onEnd: (process: FunctionProcess) => void,
  ) {
    this.#spec = spec;
    this.#api = api;
    this.#onEnd = onEnd;
    this.#child = spawn(process.execPath, [...heapFlags(spec), '--input-type=module', '-'], {
      cwd: spec.folder,
      env: { ...spec.environment, ...lambdaEnvironment(spec, api.address) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A process that ends before it has read this is told of by its exit.
    this.#child.stdin!.on('error', () => undefined).end(runtimeClientModule());
    log.follow(this.#child.stdout!);
    log.follow(this.#child.stderr!);
    this.#child.once('error', (cause) => this.#end(`cannot start ${process.execPath}: ${cause.message}`));
    this.#child.once('exit', (code, signal) =>
      this.#end(signal === null ? `exit status ${code}` : `signal: ${signal}`),
    );
    this.#memoryTimer = setInterval(() => void this.#checkMemory(), memoryCheckMs).unref();
    this.#initTimer = setTimeout(
      () => this.#endBy('timeout', 'Sandbox.Timedout', `Init timed out after ${initTimeoutMs / 1000} seconds`),
      initTimeoutMs,
    ).unref();
  }

  /** Settles when the process first asks for work, or has ended. */
  get loaded(): Promise<void> {
    return this.#asked.promise;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Runs one invocation; the process must not be running another. */
  invoke(payload: string): Promise<InvocationOutcome> {
    if (this.#running !== undefined)
      throw new Error(`${this.#spec.name}: the process is running an invocation already`);
    return new Promise((settle) => {
      this.#running = { requestId: randomUUID(), payload, settle };
      if (this.#ended) this.#settle(this.#endedBy!);
      else if (this.#ready) this.#giveWork();
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #takeWork(): void {
    this.#ready = true;
    clearTimeout(this.#initTimer);
    this.#asked.resolve();
    if (this.#running !== undefined) this.#giveWork();
  }

  #giveWork(): void {
    const { requestId, payload } = this.#running!;
    this.#ready = false;
    this.#api.give({
      requestId,
      payload,
      deadlineMs: Date.now() + this.#spec.timeoutMs,
      functionArn: this.#spec.arn,
    });
    this.#running!.timer = setTimeout(() => {
      const seconds = (this.#spec.timeoutMs / 1000).toFixed(2);
      this.#endBy(
        'timeout',
        'Sandbox.Timedout',
        `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
      );
    }, this.#spec.timeoutMs);
  }

  #answered(id: string, payload: string): void {
    if (id !== this.#running?.requestId) return;
    const bytes = Buffer.byteLength(payload);
    if (bytes <= maxPayloadBytes) {
      this.#settle({ kind: 'succeeded', payload });
      return;
    }
    const errorMessage = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${maxPayloadBytes} bytes).`;
    this.#settle({
      kind: 'failed',
      by: 'answer',
      error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage },
    });
  }

  #threw(id: string, error: string): void {
    if (id === this.#running?.requestId) this.#settle({ kind: 'failed', by: 'handler', error: JSON.parse(error) });
  }

  #failedToLoad(error: string): void {
    this.#endedBy = { kind: 'failed', by: 'exit', error: JSON.parse(error) };
  }

  #endBy(by: 'timeout' | 'exit', errorType: string, errorMessage: string): void {
    this.#endedBy ??= { kind: 'failed', by, error: { errorType, errorMessage } };
    this.kill();
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#memoryTimer);
    this.#api.close();
    const of = this.#running === undefined ? '' : `RequestId: ${this.#running.requestId} `;
    const errorMessage = `${of}Error: Runtime exited with error: ${reason}`;
    this.#endedBy ??= { kind: 'failed', by: 'exit', error: { errorType: 'Runtime.ExitError', errorMessage } };
    this.#settle(this.#endedBy);
    this.#asked.resolve();
    this.#onEnd(this);
  }

  #settle(outcome: InvocationOutcome): void {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(running?.timer);
    running?.settle(outcome);
  }

  /** Resident memory, where the system tells it (Linux); elsewhere the heap limit alone holds. */
  async #checkMemory(): Promise<void> {
    if (this.#running === undefined) return;
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '');
    const residentMiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
    if (residentMiB <= this.#spec.memoryMiB || this.#running === undefined) return;
    const used = `${Math.ceil(residentMiB)} MiB used, ${this.#spec.memoryMiB} MiB allowed`;
    this.#endBy('exit', 'Runtime.OutOfMemory', `RequestId: ${this.#running.requestId} Error: out of memory: ${used}`);
  }
}

function lambdaEnvironment(spec: FunctionSpec, runtimeApi: string): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    _HANDLER: spec.handler,
    LAMBDA_TASK_ROOT: spec.folder,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    TZ: ':UTC',
  };
}
