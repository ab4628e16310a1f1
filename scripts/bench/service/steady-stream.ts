import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { metrics } from '#contract/metrics.ts';
import { localCredentials } from '../../local/host/clients.ts';
import type { LocalAws } from '../../local/local-aws.ts';
import { readPipelineState } from '../../local/progress/pipeline-state.ts';
import { startLocalAws } from '../../local/start-local-aws.ts';
import { runChildCase } from '../child-case.ts';
import { peakMiBOf } from '../peak-memory.ts';
import { functionProcesses } from '../pipeline/function-cpu.ts';

const ports = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
const patienceMs = 120_000;
const lookEveryMs = 100;

export interface SteadyStream {
  /** As the producer managed to send them. */
  sentPerS: number;
  /** From the first record's sending until the last one is acknowledged by the ingest function. */
  takenPerS: number;
  /** From handing an event to the function to its acknowledgement; the first of a process left out, which loads it. */
  writesMs: number[];
  /** For each commit, from the arrival of its oldest record until it is in the log. */
  visibleMs: number[];
  ingestPeakMiB: number;
  commitPeakMiB: number;
  /** User and system of both functions. */
  cpuS: number;
}

/** Hosts an assembly and sends so many records a second for some seconds; throws where anything fails or is not committed. */
export async function steadyStream(
  { perSecond, seconds }: { perSecond: number; seconds: number },
  folders: { dataFolder: string; assemblyFolder: string },
): Promise<SteadyStream> {
  const visibleMs: number[] = [];
  const aws = await startLocalAws({
    ...{ environment: 'bench', ports, ...folders },
    onMetric: ({ name, value }) => {
      if (name === metrics.freshnessMs) visibleMs.push(value);
    },
  });
  const { region, dynamodb: endpoint, kafka } = aws.endpoints;
  const dynamodb = new DynamoDBClient({ region, endpoint, credentials: localCredentials });
  try {
    const sending = runChildCase<{ records: number; perSecond: number }>(
      join(import.meta.dirname, 'send-steadily.ts'),
      [kafka as string, String(perSecond), String(seconds)],
    );
    const firstMs = await taken(aws, 1);
    const lastMs = await taken(aws, perSecond * seconds);
    const { perSecond: sentPerS } = await sending;
    await committed(aws, dynamodb, perSecond * seconds);
    const ingest = aws.functions().find(({ source }) => source !== undefined);
    const commit = aws.functions().find(({ logicalId }) => logicalId.startsWith('Commit'));
    const processes = functionProcesses();
    const peakOf = (name: string | undefined) =>
      Math.max(...processes.filter(({ functionName }) => functionName === name).map(({ pid }) => peakMiBOf(pid) ?? 0));
    return {
      ...{ sentPerS, visibleMs },
      takenPerS: (perSecond * seconds * 1000) / (lastMs - firstMs),
      writesMs: await durationsIn(ingest!.logFile),
      ingestPeakMiB: peakOf(ingest?.name),
      commitPeakMiB: peakOf(commit?.name),
      cpuS: processes
        .filter(({ functionName }) => functionName === ingest?.name || functionName === commit?.name)
        .reduce((sum, { cpuS }) => sum + cpuS, 0),
    };
  } finally {
    dynamodb.destroy();
    await aws.close();
  }
}

/** When so many records were acknowledged. */
async function taken(aws: LocalAws, records: number): Promise<number> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const found = (await aws.mappings()).reduce((sum, mapping) => sum + mapping.records, 0);
    if (found >= records) return performance.now();
    const failed = aws.functions().filter(({ errors }) => errors > 0);
    if (failed.length > 0 || performance.now() > untilMs) {
      throw new Error(
        `expected ${records} records to be taken within ${patienceMs} ms, found ${found}: ${JSON.stringify(failed)}`,
      );
    }
    await sleep(lookEveryMs);
  }
}

async function committed(aws: LocalAws, dynamodb: DynamoDBClient, records: number): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const state = await readPipelineState(aws, dynamodb);
    if (state.drained && state.rowsCommitted === records && state.deadLetters === 0) return;
    if (performance.now() > untilMs) {
      throw new Error(`expected ${records} rows within ${patienceMs} ms, found ${JSON.stringify(state)}`);
    }
    await sleep(lookEveryMs);
  }
}

async function durationsIn(logFile: string): Promise<number[]> {
  const text = await readFile(logFile, 'utf8');
  return [...text.matchAll(/^REPORT Duration: ([\d.]+) ms/gm)].map(([, ms]) => Number(ms)).slice(1);
}
