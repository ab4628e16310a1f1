import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Certificates, makeCertificates } from './certificates.ts';
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

/** A broker that lets in over TLS alone whoever proves who they are, besides those on its plain port. */
export interface SecuredKafka extends RealKafka {
  /** `localhost:port`: SASL/PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  sasl: string;
  /** `localhost:port`: client certificates. */
  mtls: string;
  credentials: { username: string; password: string };
  certificates: Certificates;
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
export const startRealKafka = (): Promise<RealKafka> => start(() => plainBroker);

/** The same, with ports that ask for credentials and for certificates. */
export async function startSecuredKafka(): Promise<SecuredKafka> {
  const secured = {
    saslPort: await freePort(),
    mtlsPort: await freePort(),
    credentials: { username: 'reader', password: 'secret-of-reader' },
    certificates: makeCertificates(),
  };
  const { saslPort, mtlsPort, credentials, certificates } = secured;
  const kafka = await start((folder) => securedBroker(folder, secured));
  return { ...kafka, sasl: `localhost:${saslPort}`, mtls: `localhost:${mtlsPort}`, credentials, certificates };
}

async function start(brokerIn: (folder: string) => Broker): Promise<RealKafka> {
  await installKafka();
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  const broker = brokerIn(folder);
  writeFileSync(properties, serverProperties(folder, port, controllerPort, broker));
  const clusterId = (await kafkaTool('kafka.tools.StorageTool', ['random-uuid'])).trim().split('\n').at(-1)!;
  await kafkaTool('kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', properties, ...broker.formatting]);

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

/** What a broker has beside its plain port. */
interface Broker {
  listeners: readonly { name: string; protocol: string; host: string; port: number }[];
  properties: string;
  /** For the tool that formats its storage. */
  formatting: readonly string[];
}

const plainBroker: Broker = { listeners: [], properties: '', formatting: [] };

function securedBroker(
  folder: string,
  {
    saslPort,
    mtlsPort,
    credentials: { username, password },
    certificates: { authority, server },
  }: Pick<SecuredKafka, 'credentials' | 'certificates'> & { saslPort: number; mtlsPort: number },
): Broker {
  const [keys, authorities] = [join(folder, 'server.pem'), join(folder, 'authority.pem')];
  writeFileSync(keys, `${server.privateKey}${server.certificate}`);
  writeFileSync(authorities, authority);
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`;
  return {
    listeners: [
      { name: 'SASL', protocol: 'SASL_SSL', host: 'localhost', port: saslPort },
      { name: 'MTLS', protocol: 'SSL', host: 'localhost', port: mtlsPort },
    ],
    properties: `
ssl.keystore.type=PEM
ssl.keystore.location=${keys}
ssl.truststore.type=PEM
ssl.truststore.location=${authorities}
listener.name.mtls.ssl.client.auth=required
listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl.plain.sasl.jaas.config=${plain}
listener.name.sasl.scram-sha-256.sasl.jaas.config=${scram}
listener.name.sasl.scram-sha-512.sasl.jaas.config=${scram}
`,
    formatting: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${username},password=${password}]`,
    ]),
  };
}

const serverProperties = (folder: string, port: number, controllerPort: number, { listeners, properties }: Broker) => {
  const outside = [{ name: 'PLAINTEXT', protocol: 'PLAINTEXT', host: '127.0.0.1', port }, ...listeners];
  const address = ({ name, host, port }: (typeof outside)[number]) => `${name}://${host}:${port}`;
  const protocols = outside.map(({ name, protocol }) => `${name}:${protocol}`);
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=${outside.map(address).join(',')},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=${outside.map(address).join(',')}
controller.listener.names=CONTROLLER
listener.security.protocol.map=${protocols.join(',')},CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=50
group.min.session.timeout.ms=1000
num.partitions=1
${properties}`;
};
