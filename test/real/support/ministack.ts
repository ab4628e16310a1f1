import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ministack } from './python.ts';

/** A free port on loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface MiniStack {
  endpoint: string;
  /** What an AWS client or the CDK needs in its environment to reach it. */
  environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** MiniStack, an AWS in one Python process, on a free port; ready when its health page says so. */
export async function startMiniStack(): Promise<MiniStack> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), 'ministack-'));
  const child = spawn(ministack, [], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      LOG_LEVEL: 'WARNING',
    },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) break;
    if (child.exitCode !== null) throw new Error(`MiniStack ended with status ${child.exitCode} before it was ready`);
    if (Date.now() > deadlineMs) throw new Error(`MiniStack did not answer at ${endpoint} within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    endpoint,
    environment: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
