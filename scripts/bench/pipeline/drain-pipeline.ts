import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readTableLog } from '../../local/audit/read-log.ts';
import { localCredentials } from '../../local/host/clients.ts';
import type { LocalAws } from '../../local/local-aws.ts';
import { readPipelineState } from '../../local/progress/pipeline-state.ts';
import { startLocalAws } from '../../local/start-local-aws.ts';
import { tableName } from './assembly.ts';
import { countRequests } from './count-requests.ts';
import { functionProcesses, type ProcessCpu } from './function-cpu.ts';

const lookEveryMs = 500;
const patienceMs = 600_000;
const ports = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };

export interface FunctionCost {
  role: string;
  /** User and system, from the start of its processes to the end. */
  cpuS: number;
  /** Of that, until the first process was ready for its first event. */
  ofThatStartingS: number;
  processes: number;
  invocations: number;
}

export interface DrainedPipeline {
  tableFolder: string;
  functions: FunctionCost[];
  requests: Map<string, number>;
  commits: number;
  dataFiles: number;
  dataBytes: number;
}

/** Hosts the assembly over a topic that is full already, until all of it is committed; throws where anything failed on the way. */
export async function drainPipeline(
  records: number,
  { dataFolder, assemblyFolder }: { dataFolder: string; assemblyFolder: string },
): Promise<DrainedPipeline> {
  const { counts: requests, stop } = countRequests();
  const aws = await startLocalAws({ environment: 'bench', dataFolder, assemblyFolder, ports });
  const { region, dynamodb: endpoint, lakeBucket } = aws.endpoints;
  const dynamodb = new DynamoDBClient({ region, endpoint, credentials: localCredentials });
  let functions: FunctionCost[];
  try {
    const started = functionProcesses();
    await drained(aws, dynamodb, records);
    functions = costs(aws, started, functionProcesses());
  } finally {
    stop();
    dynamodb.destroy();
    await aws.close();
  }
  const tableFolder = join(dataFolder, 'lake', lakeBucket!, 'tables', tableName);
  const log = await readTableLog(tableFolder);
  if (log === undefined) throw new Error(`expected a table at ${tableFolder}, found none`);
  const sizes = await Promise.all(log.files.map(async ({ path }) => (await stat(path)).size));
  return {
    tableFolder,
    functions,
    requests,
    commits: log.version + 1,
    dataFiles: log.files.length,
    dataBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

async function drained(aws: LocalAws, dynamodb: DynamoDBClient, records: number): Promise<void> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    const state = await readPipelineState(aws, dynamodb);
    if (state.drained && state.rowsCommitted === records) return;
    const failed = aws.functions().filter(({ errors }) => errors > 0);
    if (failed.length > 0 || state.deadLetters > 0 || Date.now() > untilMs) {
      const found = JSON.stringify({ state, failed });
      throw new Error(
        `expected ${records} records to be committed within ${patienceMs} ms without a failure: ${found}`,
      );
    }
    await sleep(lookEveryMs);
  }
}

/** Processes stay until the end: one that was there and is gone would take its figures with it. */
function costs(aws: LocalAws, before: readonly ProcessCpu[], after: readonly ProcessCpu[]): FunctionCost[] {
  return aws
    .functions()
    .filter(({ invocations }) => invocations > 0)
    .map(({ name, logicalId, source, processes, invocations }) => {
      const own = after.filter(({ functionName }) => functionName === name);
      if (own.length !== processes)
        throw new Error(`${name}: expected ${processes} processes in /proc, found ${own.length}`);
      const sum = (all: readonly ProcessCpu[]) => all.reduce((total, { cpuS }) => total + cpuS, 0);
      const ofThatStartingS = sum(before.filter(({ functionName }) => functionName === name));
      const role = source === undefined ? roleOf(logicalId) : 'ingest';
      return { role, cpuS: sum(own), ofThatStartingS, processes, invocations };
    });
}

/** `CommitFunction…` is `commit`. */
const roleOf = (logicalId: string): string => (/^[A-Z][a-z]+/.exec(logicalId)?.[0] ?? logicalId).toLowerCase();
