import { expect, test } from 'vitest';
import { parseSettings } from '../../../lib/settings-file.ts';
import { type Resource, synthesise } from '../../support/synthesised.ts';
import { prod } from './environments.ts';

interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

const many = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** `alluvium-prod-storage:ExportsOutputFnGetAttLedgerB7379752Arn8FB7B3DC` → `storage Ledger.Arn`. */
const exported = (name: string): string =>
  name.replace(/^alluvium-prod-(\w+):ExportsOutput(?:FnGetAtt|Ref)(\w+?)[0-9A-F]{8}(\w*?)[0-9A-F]{8}$/, '$1 $2.$3');

/** Intrinsics as text: `${Machine28806A89}`, `${storage Ledger.Arn}`. */
function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument]] = Object.entries(value as object) as [[string, unknown]];
  const parts = Array.isArray(argument) ? argument : [argument];
  switch (intrinsic) {
    case 'Fn::Join':
      return (parts[1] as unknown[]).map(readable).join(parts[0] as string);
    case 'Fn::GetAtt':
      return `\${${parts.join('.')}}`;
    case 'Fn::Select':
      return `\${part ${parts[0]} of ${readable(parts[1])}}`;
    case 'Fn::Split':
      return readable(parts[1]);
    case 'Fn::ImportValue':
      return `\${${exported(parts[0] as string)}}`;
    default:
      return `\${${parts.join('.')}}`;
  }
}

function permissionsOf(resources: Record<string, Resource>): Record<string, string[]> {
  const policies = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::IAM::Policy');
  return Object.fromEntries(
    policies.map(([id, { Properties }]) => {
      const { Statement: statements } = Properties.PolicyDocument as { Statement: Statement[] };
      const lines = statements.flatMap(({ Effect, Action, Resource: on, Condition }) =>
        many(Action).map((action) => {
          const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
          return `${Effect === 'Deny' ? 'never ' : ''}${action} on ${many(on).map(readable).join(', ')}${condition}`;
        }),
      );
      return [id.replace(/RoleDefaultPolicy[0-9A-F]{8}$/, ''), lines];
    }),
  );
}

const rooms = ['storage', 'ingest', 'commit', 'maintenance', 'observability'];
const permissions = Object.fromEntries(rooms.map((room) => [room, permissionsOf(prod.resources(room))]));

test('each role may do exactly this', () => {
  expect(permissions).toMatchSnapshot();
});

test('no role may do everything of a service', () => {
  const lines = Object.values(permissions).flatMap((roles) => Object.values(roles).flat());
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.filter((line) => /^(\*|[^ ]*:\*) on /.test(line))).toEqual([]);
});

test('roles are given policies of their own only', () => {
  const roles = prod.ofType('AWS::IAM::Role');
  expect(roles.filter(({ Properties }) => Properties.ManagedPolicyArns !== undefined)).toEqual([]);
  expect(roles.length).toBeGreaterThanOrEqual(9);
});

/** IAM's quotas, in characters without white space; ten managed policies may be attached to a role. */
const mostInline = 10_240;
const mostManaged = 6_144;
const mostAttached = 10;

/** As long as the ARN of a bucket or a function comes to. */
const unknownText = 'x'.repeat(90);
const sizeOf = ({ Properties }: Resource): number =>
  JSON.stringify(Properties.PolicyDocument, (_, value) =>
    typeof value === 'object' && value !== null && /^(Fn::|Ref$)/.test(Object.keys(value)[0] ?? '')
      ? readable(value).replace(/\$\{[^}]*\}/g, unknownText)
      : value,
  ).length;

test.each([20, 60])('policies are no larger than IAM takes where one source feeds %d tables', (count) => {
  const tables = Array.from({ length: count }, (_, index) => `events_of_kind_${index}: { expireAfter: 90d }`);
  const crowded = synthesise(
    parseSettings(
      `glueDatabase: lake
sources: { events: { kinesis: {}, route: { table: 'events_{type}', by: { type: type } } } }
tables: { ${tables.join(', ')} }`,
      { file: 'test.yaml', environment: 'prod' },
    ),
  );
  const inline = crowded.ofType('AWS::IAM::Policy').map(sizeOf);
  expect(Math.max(...inline)).toBeLessThanOrEqual(mostInline);
  const managed = crowded.ofType('AWS::IAM::ManagedPolicy');
  expect(Math.max(0, ...managed.map(sizeOf))).toBeLessThanOrEqual(mostManaged);
  const ofRoles = Map.groupBy(managed, ({ Properties }) => JSON.stringify(Properties.Roles));
  for (const [role, policies] of ofRoles) expect(policies.length, role).toBeLessThanOrEqual(mostAttached);
});
