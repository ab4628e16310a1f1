import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ministack.ts';
import { installOnce, partsFolder } from './parts.ts';

const run = promisify(execFile);
const version = '4.3.1';
const jars = join(partsFolder, 'kafka');
const startWithinMs = 180_000;

/** Kafka's jars, resolved by Maven, under `.real/kafka`. */
export const installKafka = (): Promise<void> =>
  installOnce('kafka', `${version} with tools`, async () => {
    rmSync(jars, { recursive: true, force: true });
    await run('mvn', [
      '--quiet',
      '--batch-mode',
      '--file',
      join(import.meta.dirname, 'kafka-pom.xml'),
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${jars}`,
    ]);
  });

export interface RealKafka {
  /** `127.0.0.1:port` */
  bootstrap: string;
  stop(): Promise<void>;
}

/** Runs one of Kafka's own Java programs, with `stdin` as its input; resolves to what it printed. */
export function kafkaTool(mainClass: string, args: readonly string[], stdin = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'java',
      [
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
        '-cp',
        join(jars, '*'),
        mainClass,
        ...args,
      ],
      { timeout: 90_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${mainClass} ${args.join(' ')}: ${stderr}`, { cause: error }));
      },
    );
    child.stdin?.end(stdin);
  });
}

/** Apache Kafka, one node (KRaft), on free ports; ready when it says that it has started. */
export async function startRealKafka(): Promise<RealKafka> {
  await installKafka();
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties(folder, port, controllerPort));
  const clusterId = (await kafkaTool('kafka.tools.StorageTool', ['random-uuid'])).trim().split('\n').at(-1)!;
  await kafkaTool('kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', properties]);

  const child = spawn(
    'java',
    ['-Xmx768m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=info', '-cp', join(jars, '*'), 'kafka.Kafka', properties],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    const fail = (reason: string): void => reject(new Error(`Kafka ${version} ${reason}:\n${log.slice(-4000)}`));
    const timer = setTimeout(() => fail(`did not start within ${startWithinMs} ms`), startWithinMs);
    child.once('exit', (status) => fail(`ended with status ${status} before it had started`));
    child.stderr.on('data', (text: Buffer) => {
      log = (log + text).slice(-100_000);
      if (!log.includes('Kafka Server started')) return;
      clearTimeout(timer);
      resolve();
    });
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    bootstrap: `127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const serverProperties = (folder: string, port: number, controllerPort: number): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=50
group.min.session.timeout.ms=1000
num.partitions=1
`;
