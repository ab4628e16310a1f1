import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { ClusterSettings } from '#contract/cluster-settings.ts';

export interface KafkaClientParts {
  cluster: ClusterSettings;
  /** Each `host:port`. */
  brokers: readonly string[];
  /** The region whose IAM the brokers ask. */
  region: string;
  readSecret: (arn: string) => Promise<string>;
}

/** An operator's client of a cluster, by the access that its settings name. It answers within seconds or fails. */
export async function kafkaClient({ cluster, brokers, region, readSecret }: KafkaClientParts): Promise<Kafka> {
  return new Kafka({
    clientId: 'alluvium',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    retry: { retries: 3, initialRetryTime: 200 },
    ...(await accessOf(cluster, region, readSecret)),
  });
}

type Access = Pick<KafkaConfig, 'ssl' | 'sasl'>;

async function accessOf(
  cluster: ClusterSettings,
  region: string,
  readSecret: KafkaClientParts['readSecret'],
): Promise<Access> {
  const access = 'access' in cluster ? cluster.access : ({ kind: 'iam' } as const);
  const ca =
    cluster.kind === 'selfManaged' && cluster.rootCaSecretArn !== undefined
      ? { ca: memberOf(await readSecret(cluster.rootCaSecretArn), 'certificate') }
      : undefined;
  const ssl = ca ?? true;
  switch (access.kind) {
    case 'none':
      return ca === undefined ? {} : { ssl };
    case 'iam':
      return {
        ssl,
        sasl: {
          mechanism: 'oauthbearer',
          async oauthBearerProvider() {
            const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
            return { value: (await generateAuthToken({ region })).token };
          },
        },
      };
    case 'mtls': {
      const secret = await readSecret(access.secretArn);
      const passphrase = (JSON.parse(secret) as { privateKeyPassword?: string }).privateKeyPassword;
      return {
        ssl: {
          ...ca,
          cert: memberOf(secret, 'certificate'),
          key: memberOf(secret, 'privateKey'),
          ...(passphrase === undefined ? {} : { passphrase }),
        },
      };
    }
    case 'plain':
    case 'scram256':
    case 'scram512': {
      const secret = await readSecret(access.secretArn);
      const user = { username: memberOf(secret, 'username'), password: memberOf(secret, 'password') };
      return { ssl, sasl: { mechanism: mechanisms[access.kind], ...user } as NonNullable<KafkaConfig['sasl']> };
    }
  }
}

const mechanisms = { plain: 'plain', scram256: 'scram-sha-256', scram512: 'scram-sha-512' } as const;

function memberOf(secret: string, name: string): string {
  const value = (JSON.parse(secret) as Record<string, unknown>)[name];
  if (typeof value !== 'string') throw new Error(`expected a secret that is a JSON object with ${name}, found none`);
  return value;
}
