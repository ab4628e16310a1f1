import { expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings-file.ts';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf';
const authority = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:authority-AbCdEf';
const msk = 'arn:aws:kafka:us-east-1:123456789012:cluster/events/11111111-2222-3333-4444-555555555555-1';

const own = (kind: string) =>
  `{ kind: selfManaged, bootstrapServers: ['broker:9094'], access: { kind: ${kind}, secretArn: '${secret}' }, rootCaSecretArn: '${authority}' }`;
const onMsk = (access: string) => `{ kind: arn, arn: '${msk}', access: ${access} }`;

const ways = {
  plain: { cluster: own('plain'), types: ['BASIC_AUTH', 'SERVER_ROOT_CA_CERTIFICATE'] },
  scram256: { cluster: own('scram256'), types: ['SASL_SCRAM_256_AUTH', 'SERVER_ROOT_CA_CERTIFICATE'] },
  scram512: { cluster: own('scram512'), types: ['SASL_SCRAM_512_AUTH', 'SERVER_ROOT_CA_CERTIFICATE'] },
  mtls: { cluster: own('mtls'), types: ['CLIENT_CERTIFICATE_TLS_AUTH', 'SERVER_ROOT_CA_CERTIFICATE'] },
  msk_scram: { cluster: onMsk(`{ kind: scram512, secretArn: '${secret}' }`), types: ['SASL_SCRAM_512_AUTH'] },
  msk_mtls: { cluster: onMsk(`{ kind: mtls, secretArn: '${secret}' }`), types: ['CLIENT_CERTIFICATE_TLS_AUTH'] },
  msk_iam: { cluster: onMsk('{ kind: iam }'), types: [] },
};
const names = Object.keys(ways) as (keyof typeof ways)[];
const yaml = `
clusters: { ${names.map((name) => `${name}: ${ways[name].cluster}`)} }
sources: { ${names.map((name) => `${name}: { kafka: { cluster: ${name}, topic: ${name} }, table: ${name} }`)} }
tables: { ${names.map((name) => `${name}: {}`)} }`;
const { ofType } = synthesise(parseSettings(yaml, { file: 'config/test.yaml', environment: 'test' }));
const mappings = ofType('AWS::Lambda::EventSourceMapping').filter(({ Properties }) => 'Topics' in Properties);
const policies = ofType('AWS::IAM::Policy').map((policy) => JSON.stringify(policy));

test.each(names)('K3 readers prove who they are by %s', async (name) => {
  const mapping = mappings.find(({ Properties }) => (Properties.Topics as string[])[0] === name);
  const access = (mapping?.Properties.SourceAccessConfigurations ?? []) as { Type: string; URI: string }[];
  expect(access.map(({ Type }) => Type)).toEqual(ways[name].types);
  for (const { URI } of access) expect(policies.filter((policy) => policy.includes(URI))).not.toEqual([]);

  const world = await lakeWorld(yaml);
  await world.push(name, [{ value: { id: 1 } }]);
  await world.commit();
  expect(await world.rows(name)).toEqual([{ id: 1 }]);
});

test('only readers by IAM may read by IAM', () => {
  const byIam = policies.filter((policy) => policy.includes('kafka-cluster:ReadData'));
  expect(byIam).toHaveLength(1);
  expect(byIam[0]).not.toContain('secretsmanager');
});
