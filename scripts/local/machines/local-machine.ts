import { randomUUID } from 'node:crypto';
import {
  ExecutionAbortedError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import type { MachineReport } from '../local-aws.ts';
import type { MachineSpec } from '../templates/machine-resource.ts';
import type { Execution } from './execution.ts';
import { IntegrationError } from './integration-error.ts';
import { type IntegrationHost, type Task, taskOf } from './integrations.ts';

/** Quota on the input and output of states and executions. */
export const maxStateBytes = 256 * 1024;
const expressLimitS = 300;
const standardLimitS = 24 * 3600;
const keptExecutions = 1000;

interface State {
  Type: string;
  Resource?: string;
  ResultPath?: string | null;
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  ItemProcessor?: { States: Record<string, State>; ProcessorConfig?: { Mode?: string } };
  Iterator?: { States: Record<string, State> };
  Branches?: { States: Record<string, State> }[];
}

function* statesOf(states: Record<string, State>): Generator<[name: string, state: State]> {
  for (const [name, state] of Object.entries(states)) {
    yield [name, state];
    for (const inner of [state.ItemProcessor, state.Iterator, ...(state.Branches ?? [])]) {
      if (inner !== undefined) yield* statesOf(inner.States);
    }
  }
}

/** Members of a Distributed Map that the interpreter would pass over in silence. */
const unknownToDistributedMaps = [
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
];

/**
 * Refuses states that Step Functions would not create in an Express machine, and those of a Standard one that this machine
 * cannot run: a Distributed Map runs here, but only over an array of its input. Throws naming the machine and the state.
 */
function refuseUnhosted(name: string, state: State, spec: MachineSpec): void {
  const { Resource, ItemProcessor } = state;
  const where = `state machine ${spec.name}, state ${name}`;
  const pattern = /\.(sync(?::2)?|waitForTaskToken)$/.exec(Resource ?? '')?.[0];
  if (pattern !== undefined) {
    const why = spec.type === 'EXPRESS' ? 'is no part of Express' : 'is not hosted on this machine';
    throw new Error(`${where}: expected a Resource that does not wait, for ${pattern} ${why}, got ${Resource}`);
  }
  if (ItemProcessor?.ProcessorConfig?.Mode !== 'DISTRIBUTED') return;
  if (spec.type === 'EXPRESS') {
    throw new Error(`${where}: expected Mode INLINE, for Distributed Map is no part of Express, got DISTRIBUTED`);
  }
  const unknown = unknownToDistributedMaps.filter((member) => member in state);
  if (unknown.length > 0) {
    throw new Error(`${where}: expected a Distributed Map over an array of its input, got ${unknown.join(', ')}`);
  }
}

export interface StartedExecution {
  execution: Execution;
  /** Settles, never rejects, when the execution has ended. */
  ended: Promise<Execution>;
}

/** A hosted state machine, its tasks bound to this machine by their Resource. */
export class LocalMachine {
  readonly spec: MachineSpec;
  readonly #machine: StateMachine;
  readonly #tasks: Record<string, Task> = {};
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Map<string, { abort: () => void; ended: Promise<Execution> }>();
  readonly #log: (line: string) => void;
  #counts = { started: 0, succeeded: 0, failed: 0 };

  constructor(spec: MachineSpec, host: IntegrationHost, log: (line: string) => void) {
    this.spec = spec;
    this.#log = log;
    const definition = structuredClone(spec.definition) as { States: Record<string, State>; TimeoutSeconds?: number };
    const limitS = spec.type === 'EXPRESS' ? expressLimitS : standardLimitS;
    definition.TimeoutSeconds = Math.min(definition.TimeoutSeconds ?? limitS, limitS);
    for (const [name, state] of statesOf(definition.States)) {
      refuseUnhosted(name, state, spec);
      // The interpreter knows the default only by its absence.
      if (state.ResultPath === '$') delete state.ResultPath;
      if (state.Type !== 'Task') continue;
      this.#tasks[name] = limited(taskOf(state.Resource!, host), name);
      // The interpreter gives a task 60 s where its definition says nothing; Step Functions gives it all there is.
      if (state.TimeoutSecondsPath === undefined) state.TimeoutSeconds ??= limitS;
    }
    this.#machine = new StateMachine(definition as unknown as StateMachineDefinition, {
      validationOptions: { checkArn: false },
    });
  }

  /** Accepts an execution. Throws `InvalidExecutionInput` for what is not JSON or too large. */
  start(input: string, name: string = randomUUID()): StartedExecution {
    if (Buffer.byteLength(input) > maxStateBytes) {
      throw new IntegrationError(
        'InvalidExecutionInput',
        `expected input of ${maxStateBytes} bytes at most, got ${Buffer.byteLength(input)}`,
      );
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(input);
    } catch {
      throw new IntegrationError('InvalidExecutionInput', `expected JSON as input, got ${input.slice(0, 100)}`);
    }
    const known = this.#sameExecution(name, input);
    if (known !== undefined) return known;
    const startedMs = Date.now();
    const execution: Execution = {
      arn: this.#executionArn(name),
      machineArn: this.spec.arn,
      name,
      status: 'RUNNING',
      startedMs,
      input,
    };
    this.#counts.started++;
    this.#remember(execution);
    const { abort, result } = this.#machine.run(parsed as never, {
      overrides: { taskResourceLocalHandlers: this.#tasks as never },
      context: this.#contextOf(execution),
    });
    const ended = this.#follow(execution, result);
    this.#running.set(execution.arn, { abort, ended });
    void ended.then(() => this.#running.delete(execution.arn));
    return { execution, ended };
  }

  describe(executionArn: string): Execution | undefined {
    return this.#executions.get(executionArn);
  }

  /** Aborts an execution that is still running. */
  stop(executionArn: string): void {
    this.#running.get(executionArn)?.abort();
  }

  report(): MachineReport {
    return { arn: this.spec.arn, running: this.#running.size, ...this.#counts };
  }

  /** Executions that have not ended by themselves after `graceMs` are aborted. */
  async close(graceMs: number): Promise<void> {
    const ended = Promise.all([...this.#running.values()].map((execution) => execution.ended));
    const timer = setTimeout(() => {
      for (const { abort } of this.#running.values()) abort();
    }, graceMs);
    await ended;
    clearTimeout(timer);
  }

  /** Standard machines know one execution of a name; Express ones start another. */
  #sameExecution(name: string, input: string): StartedExecution | undefined {
    if (this.spec.type === 'EXPRESS') return undefined;
    const known = this.#executions.get(this.#executionArn(name));
    if (known === undefined) return undefined;
    if (known.input !== input || known.status !== 'RUNNING') {
      throw new IntegrationError('ExecutionAlreadyExists', `Execution Already Exists: '${known.arn}'`);
    }
    return { execution: known, ended: this.#running.get(known.arn)!.ended };
  }

  #executionArn(name: string): string {
    if (this.spec.type === 'STANDARD') return `${this.spec.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    return `${this.spec.arn.replace(':stateMachine:', ':express:')}:${name}:${randomUUID()}`;
  }

  #remember(execution: Execution): void {
    this.#executions.set(execution.arn, execution);
    if (this.#executions.size > keptExecutions) this.#executions.delete(this.#executions.keys().next().value!);
  }

  #contextOf({ arn, name, startedMs }: Execution): Record<string, unknown> {
    return {
      Execution: { Id: arn, Name: name, RoleArn: '', StartTime: new Date(startedMs).toISOString() },
      StateMachine: { Id: this.spec.arn, Name: this.spec.name },
      // Read when a state's paths are evaluated, which is as it is entered.
      State: {
        get EnteredTime() {
          return new Date().toISOString();
        },
        RetryCount: 0,
      },
    };
  }

  async #follow(execution: Execution, result: Promise<unknown>): Promise<Execution> {
    try {
      execution.output = JSON.stringify(await result);
      execution.status = 'SUCCEEDED';
      this.#counts.succeeded++;
    } catch (error) {
      this.#counts.failed++;
      execution.status =
        error instanceof ExecutionTimeoutError
          ? 'TIMED_OUT'
          : error instanceof ExecutionAbortedError
            ? 'ABORTED'
            : 'FAILED';
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
      execution.error = reason.name;
      execution.cause = reason.message;
      this.#log(
        `${this.spec.name}: execution ${execution.name} ${execution.status}: ${reason.name}: ${reason.message}`,
      );
    }
    execution.stoppedMs = Date.now();
    return execution;
  }
}

/** Payloads of a task past 256 KiB fail its state, on the way in and on the way out. */
function limited(task: Task, stateName: string): Task {
  const check = (what: string, value: unknown): void => {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
    if (bytes <= maxStateBytes) return;
    throw new IntegrationError(
      'States.DataLimitExceeded',
      `${what} of ${stateName}: expected ${maxStateBytes} bytes at most, got ${bytes}`,
    );
  };
  return async (parameters) => {
    check('input', parameters);
    const result = await task(parameters);
    check('output', result);
    return result;
  };
}
