import { z } from 'zod';
import { secretArn, secretKeyArn } from './secret-settings.ts';

const password = <Kind extends string>(kind: Kind, what: string) =>
  z.strictObject({
    kind: z.literal(kind).describe(what),
    secretArn: secretArn.describe('The secret: a JSON object with `username` and `password`.'),
    secretKeyArn,
  });

const scram512 = password('scram512', 'SASL/SCRAM-SHA-512, over TLS.');

const clientCertificate = z.strictObject({
  kind: z.literal('mtls').describe('A client certificate, over TLS.'),
  secretArn: secretArn.describe(
    'The secret: a JSON object with `certificate` and `privateKey` in PEM, and `privateKeyPassword` if the key has one.',
  ),
  secretKeyArn,
});

const nobody = z.strictObject({
  kind: z
    .literal('none')
    .describe('Whoever reaches the brokers may read: outside of MSK Lambda wants a `network` then.'),
});

const mskAccess = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('iam').describe("IAM, by the function's role.") }),
    scram512,
    clientCertificate,
    nobody,
  ])
  .prefault({ kind: 'iam' });

const ownAccess = z
  .discriminatedUnion('kind', [
    nobody,
    password('plain', 'SASL/PLAIN, over TLS.'),
    password('scram256', 'SASL/SCRAM-SHA-256, over TLS.'),
    scram512,
    clientCertificate,
  ])
  .prefault({ kind: 'none' });

const network = z
  .strictObject({
    subnets: z
      .array(z.string().regex(/^subnet-\w+$/, 'expected the id of a subnet'))
      .min(1)
      .max(16)
      .describe('Subnets from which the brokers are reached.'),
    securityGroups: z
      .array(z.string().regex(/^sg-\w+$/, 'expected the id of a security group'))
      .min(1)
      .max(5)
      .describe('Security groups that the brokers let in.'),
  })
  .optional()
  .describe('The network of brokers that are not public. Absent: they are.');

/** A Kafka cluster: made by the stack (`provisioned`, `serverless`), an existing one by ARN, or self-managed brokers. */
export const clusterSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('provisioned').describe('An MSK cluster that the stack makes, with a network of its own.'),
    brokers: z
      .int()
      .min(2)
      .max(30)
      .default(3)
      .describe('Brokers: a multiple of 3, or else of 2, spread over as many zones.'),
    instanceType: z.string().default('kafka.m7g.large').describe("Brokers' instance type."),
    volumeGiB: z.int().min(1).max(16_384).default(100).describe('Storage of each broker.'),
    kafkaVersion: z.string().default('3.9.x').describe('Version of Kafka, as MSK names it.'),
  }),
  z.strictObject({
    kind: z
      .literal('serverless')
      .describe('An MSK Serverless cluster that the stack makes, with a network of its own.'),
  }),
  z.strictObject({
    kind: z.literal('arn').describe("An existing MSK cluster; its network is its owner's."),
    arn: z
      .string()
      .regex(
        /^arn:aws[\w-]*:kafka:[\w-]+:\d{12}:cluster\/[\w-]+\/[\w-]+$/,
        'expected the ARN of an MSK cluster, not of a connection to one',
      )
      .describe('The ARN of the cluster, which is in this region.'),
    access: mskAccess.describe('Who the readers of topics are to the brokers.'),
  }),
  z.strictObject({
    kind: z.literal('selfManaged').describe('Brokers outside MSK; also the broker of the `local` environment.'),
    bootstrapServers: z
      .array(z.string().regex(/^[^:\s]+:\d+$/, 'expected host:port'))
      .min(1)
      .max(10)
      .describe('Brokers to ask first, each `host:port`, 10 at most.'),
    access: ownAccess.describe('Who the readers of topics are to the brokers.'),
    rootCaSecretArn: secretArn
      .optional()
      .describe(
        "The secret with the authority that signed the brokers' certificates: a JSON object with `certificate` in PEM. Absent: a public one.",
      ),
    rootCaSecretKeyArn: secretKeyArn,
    network,
  }),
]);

export type ClusterSettings = z.output<typeof clusterSettings>;
/** Clusters that are there already: what says how to get in. */
export type ExistingCluster = Extract<ClusterSettings, { kind: 'arn' | 'selfManaged' }>;
export type ClusterAccess = ExistingCluster['access'];
