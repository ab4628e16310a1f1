import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bakedSettingsFile, environmentVariables } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { esbuildBundler } from '../../lib/constructs/function-bundle.ts';
import { type DynamodbOptions, startDynamodb } from '../../scripts/local/dynamodb/server.ts';
import { startS3 } from '../../scripts/local/s3/server.ts';

const root = join(import.meta.dirname, '../..');

export const lakeBucket = 'lake';
export const ledgerTable = 'ledger';
export const deltaLogTable = 'delta_log';

/** An S3 and a DynamoDB of this machine, empty, in a new folder `home`; this process's environment names them as a function's does. */
export async function startServersOfFunction(
  variables: Record<string, string> = {},
  interfere?: DynamodbOptions['interfere'],
) {
  const home = await mkdtemp(join(tmpdir(), 'alluvium-function-'));
  const hooks = interfere === undefined ? {} : { interfere };
  const [s3, dynamodb] = await Promise.all([
    startS3({ port: 0, root: join(home, 's3'), log: () => undefined }),
    startDynamodb({ port: 0, root: join(home, 'dynamodb'), ...hooks }),
  ]);
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    POWERTOOLS_DEV: 'false',
    [environmentVariables.lakeBucket]: lakeBucket,
    [environmentVariables.ledgerTable]: ledgerTable,
    [environmentVariables.deltaLogTable]: deltaLogTable,
    ...variables,
  });
  return { home, s3, dynamodb };
}

/** The handler of the real bundle of `lambdas/<folder>`, in `bundle`, with these settings beside it. */
export async function importBundle(folder: string, home: string, settings: Omit<Settings, 'environment'>) {
  const bundle = join(home, 'bundle');
  esbuildBundler(root)(folder, bundle);
  await writeFile(join(bundle, bakedSettingsFile), JSON.stringify({ ...settings, environment: 'local' }));
  const { handler } = await import(/* @vite-ignore */ pathToFileURL(join(bundle, 'index.mjs')).href);
  return { bundle, handler };
}
