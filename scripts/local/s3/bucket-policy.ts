import { z } from 'zod';
import { S3Error } from './error.ts';
import type { Exchange } from './exchange.ts';

/** Under this name a bucket's policy is kept among its configurations. */
export const policyDocument = 'Policy';

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const operators = z.enum(['Null', 'Bool', 'NumericLessThan']);
const conditionKeys = z.enum([
  's3:if-none-match',
  's3:if-match',
  's3:ObjectCreationOperation',
  'aws:SecureTransport',
  's3:TlsVersion',
]);
const wanted = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.unknown(),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.unknown().optional(),
});
const denial = statement.extend({
  Condition: z.partialRecord(operators, z.partialRecord(conditionKeys, wanted)).default({}),
});
const policy = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.array(statement),
});

type Denial = z.output<typeof denial>;

/** Denials of a policy; what it allows changes nothing here, where everybody may do everything. */
function denialsOf(document: string): Denial[] {
  return policy
    .parse(JSON.parse(document))
    .Statement.filter(({ Effect }) => Effect === 'Deny')
    .map((each) => denial.parse(each));
}

/** @throws {S3Error} where a denial is one that this server could not enforce. */
export function checkPolicy(document: string): void {
  try {
    denialsOf(document);
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new S3Error(400, 'MalformedPolicy', `a policy that this server can enforce was expected: ${reason}`);
  }
}

/** `*` is any text, `?` any one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** Requests that make an object; the others of an upload in parts do not accept conditions. */
const creations: ReadonlySet<string> = new Set(['PUT', 'POST uploadId']);

/** What conditions ask of a request. The loopback interface stands for a connection by TLS. */
function valuesOf({ request }: Exchange, operation: string): Record<string, string | undefined> {
  return {
    's3:if-none-match': request.headers['if-none-match'],
    's3:if-match': request.headers['if-match'],
    's3:ObjectCreationOperation': String(creations.has(operation)),
    'aws:SecureTransport': 'true',
    's3:TlsVersion': '1.3',
  };
}

function holds(operator: string, value: string | undefined, sought: string): boolean {
  switch (operator) {
    case 'Null':
      return (value === undefined) === (sought === 'true');
    case 'Bool':
      return value === sought;
    default:
      return value !== undefined && Number(value) < Number(sought);
  }
}

/**
 * Refuses what the bucket's policy denies.
 * @param action such as `s3:PutObject`; @param operation the request's method with the names of its subresources
 */
export function enforcePolicy(
  exchange: Exchange & { bucket: string },
  action: string,
  operation: string,
  key?: string,
): void {
  const { buckets, bucket } = exchange;
  const document = buckets.metadata.configurationOf(bucket, policyDocument);
  if (document === undefined) return;
  const arn = `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
  const values = valuesOf(exchange, operation);
  const isDenied = denialsOf(document).some(
    ({ Action, Resource, Condition }) =>
      Action.some((pattern) => matches(pattern, action)) &&
      Resource.some((pattern) => matches(pattern, arn)) &&
      Object.entries(Condition).every(([operator, tests]) =>
        Object.entries(tests).every(([name, value]) => holds(operator, values[name], value)),
      ),
  );
  if (isDenied) throw new S3Error(403, 'AccessDenied', `the bucket's policy explicitly denies ${action} of ${arn}`);
}
