import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { dynamodbClient, s3Client } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { checkpointCodec } from '#columnar/checkpoint-codec.ts';
import { type Settings, settings as settingsSchema } from '#contract/settings.ts';
import type { ResumePorts } from '#pipeline/resume-table.ts';
import { UsageError } from './verb.ts';

/** What operators' commands work on: the ledger and lake that the environment variables of the functions name. */
export interface OperatorPorts extends ResumePorts {
  settings: Settings;
}

/** Settings come from `config/<environment>.yaml` under `root`; region, credentials and endpoints from the SDK's environment. */
export function operatorPorts(root: string, environment: string): OperatorPorts {
  const settings = readSettings(root, environment);
  const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
  const items = dynamodbClient();
  return {
    ledger: dynamodbLedger(items, ledgerTable),
    settings,
    logOf: lakeLog(settings, { objects: s3Client(), items, lakeBucket, deltaLogTable }),
    codec: checkpointCodec,
    clock: Date.now,
    ids: randomUUID,
  };
}

function readSettings(root: string, environment: string): Settings {
  const file = `config/${environment}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch (cause) {
    throw new UsageError(`expected the environment's settings in ${file}, found no such file`, { cause });
  }
  const parsed = settingsSchema.safeParse(parse(text));
  if (!parsed.success) throw new UsageError(`${file}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  return { ...parsed.data, environment };
}
