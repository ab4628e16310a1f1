import { z } from 'zod';
import { secretArn, secretKeyArn } from './secret-settings.ts';

const endpoint = z
  .url({ protocol: /^https?$/ })
  .describe('Where its service is, such as `https://minio.example:9000`.');

/** Where the tables of an environment lie. */
export const lakeSettings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('s3').describe('A bucket of S3 that the stack makes.') }),
  z.strictObject({
    kind: z
      .literal('s3Compatible')
      .describe(
        'A bucket of another service with the interface of S3, such as MinIO, that refuses a second put with `If-None-Match`.',
      ),
    endpoint,
    bucket: z.string().min(3).describe('The bucket, which is there already.'),
    region: z.string().default('us-east-1').describe('The region that requests are signed for.'),
    pathStyle: z
      .boolean()
      .default(true)
      .describe("Whether the bucket is in the path of its URL, not in its host's name."),
    secretArn: secretArn.describe('The secret: a JSON object with `accessKeyId` and `secretAccessKey`.'),
    secretKeyArn,
  }),
  z.strictObject({
    kind: z.literal('azure').describe('A container of Azure Blob Storage.'),
    account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'expected 3 to 24 lower-case letters and digits')
      .describe('The storage account.'),
    container: z.string().min(3).max(63).describe('The container, which is there already.'),
    endpoint: endpoint
      .optional()
      .describe('Where the service is, if not at `https://<account>.blob.core.windows.net`.'),
    secretArn: secretArn.describe('The secret: a JSON object with `accountKey` or `sasToken`.'),
    secretKeyArn,
  }),
  z.strictObject({
    kind: z.literal('gcs').describe('A bucket of Google Cloud Storage.'),
    bucket: z.string().min(3).max(63).describe('The bucket, which is there already.'),
    endpoint: endpoint.optional().describe('Where the service is, if not at `https://storage.googleapis.com`.'),
    secretArn: secretArn.describe("The secret: a service account's key as Google writes it, JSON."),
    secretKeyArn,
  }),
]);

export type LakeSettings = z.output<typeof lakeSettings>;
/** Lakes that are there before the stacks are. */
export type OutsideLake = Exclude<LakeSettings, { kind: 's3' }>;

/** The bucket or container of a lake that is there already. */
export const bucketOf = (lake: OutsideLake): string => (lake.kind === 'azure' ? lake.container : lake.bucket);

interface TableParts {
  logStore: string;
  protectLog: boolean;
  expireAfterMs?: number | undefined;
}

/** What tables ask for that only S3 can do: [path in the settings, what was expected]. */
export function outsideLakeFaults(
  lake: LakeSettings,
  { tables, glueDatabase }: { tables: Readonly<Record<string, TableParts>>; glueDatabase?: string | undefined },
): [string[], string][] {
  if (lake.kind === 's3') return [];
  const faults: [string[], string][] = Object.entries(tables).flatMap(([table, settings]) => {
    const found: [string[], string][] = [];
    const fault = (key: string, message: string) => found.push([['tables', table, key], message]);
    if (settings.logStore !== 'conditional') fault('logStore', `expected conditional, since the lake is ${lake.kind}`);
    if (settings.protectLog) fault('protectLog', `expected false, since the lake is ${lake.kind}`);
    if (settings.expireAfterMs !== undefined) {
      fault('expireAfter', `expected none, since the lake is ${lake.kind}, whose rules are set there`);
    }
    return found;
  });
  if (glueDatabase !== undefined) {
    faults.push([['glueDatabase'], `expected none, since the lake is ${lake.kind} and Athena reads S3`]);
  }
  return faults;
}
