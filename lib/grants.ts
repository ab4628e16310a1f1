import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { environmentVariables, tablePrefix } from '#contract/environment.ts';
import { bucketOf } from '#contract/lake-settings.ts';
import type { Settings } from '#contract/settings.ts';
import { isTablePattern } from '#contract/table-names.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import { acknowledge, acknowledgeWildcards } from './acknowledge.ts';
import type { PipelineFunction } from './constructs/pipeline-function.ts';
import type { StorageStack } from './stacks/storage-stack.ts';

/** What holds the lake's data, whichever stack made it. */
export type Lake = Pick<StorageStack, 'lake' | 'ledger' | 'deltaLog'>;

type LakePart = keyof Lake;

const isBucket = (lake: Lake['lake']): lake is Bucket => lake instanceof Bucket;

/** Where parts of the lake are, for a function that works on them. */
export function lakeVariables(lake: Lake, parts: readonly LakePart[]): Record<string, string> {
  const variables: Record<LakePart, [name: string, value: string]> = {
    lake: [environmentVariables.lakeBucket, isBucket(lake.lake) ? lake.lake.bucketName : bucketOf(lake.lake)],
    ledger: [environmentVariables.ledgerTable, lake.ledger.tableName],
    deltaLog: [environmentVariables.deltaLogTable, lake.deltaLog.tableName],
  };
  return Object.fromEntries(parts.map((part) => variables[part]));
}

export interface ObjectAccess {
  /** Patterns of keys that may be read. */
  read: readonly string[];
  /** Patterns of keys that may be put; none may be deleted unless `allowDeletes` says so. */
  write: readonly string[];
  /** Patterns of keys that may not be put, whatever `write` says. */
  neverWrite?: readonly string[];
}

/** Reading single items of the ledger: what it knows of a table. */
export const allowTableRecords = (to: PipelineFunction, { ledger }: Pick<Lake, 'ledger'>): void =>
  to.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [ledger.tableArn]);

/** Reading tables and manifests of the ledger, and placing those of bundles that whoever staged them has left. */
export const allowManifests = (to: PipelineFunction, { ledger }: Pick<Lake, 'ledger'>): void =>
  to.allow(
    [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    ],
    [ledger.tableArn],
  );

/** A role names as many tables at most: for more, IAM would not take its policies, a pattern stands in. */
export const mostNamedTables = 20;

/** Keys of all that belongs to tables. */
export const everyTable = 'tables/*';
/** Keys of all that is in the logs of tables. */
export const everyLog = 'tables/*/_delta_log/*';

/** Lets a function list the lake's bucket, and read and put objects by patterns of their keys. Outside S3, the lake's secret says what it may. */
export function allowObjects(
  to: PipelineFunction,
  { lake }: Lake,
  { read, write, neverWrite = [] }: ObjectAccess,
): void {
  if (!isBucket(lake)) {
    allowSecret(to, lake);
    return;
  }
  const arns = (patterns: readonly string[]) => patterns.map((pattern) => lake.arnForObjects(pattern));
  /** Without a condition: with one, S3 answers 403 instead of 404 for a log entry that is not there yet. */
  to.allow(['s3:ListBucket'], [lake.bucketArn]);
  to.allow(['s3:GetObject'], arns(read));
  to.allow(['s3:PutObject'], arns(write));
  if (neverWrite.length > 0) to.deny(['s3:PutObject'], arns(neverWrite));
  acknowledgeObjects(to, { lake }, new Set([...read, ...write, ...neverWrite]));
}

/** Lets a function read a secret that settings name, whatever it is encrypted with. */
export function allowSecret(
  to: PipelineFunction,
  { secretArn, secretKeyArn }: { secretArn?: string | undefined; secretKeyArn?: string | undefined },
): void {
  if (secretArn !== undefined) to.allow(['secretsmanager:GetSecretValue'], [secretArn]);
  if (secretKeyArn !== undefined) to.allow(['kms:Decrypt'], [secretKeyArn]);
}

/** Lets a function delete objects by patterns of their keys, but for those that it may never delete. */
export function allowDeletes(
  to: PipelineFunction,
  { lake }: Pick<Lake, 'lake'>,
  { of, never = [] }: { of: readonly string[]; never?: readonly string[] },
): void {
  if (!isBucket(lake)) return;
  const arns = (patterns: readonly string[]) => patterns.map((pattern) => lake.arnForObjects(pattern));
  to.allow(['s3:DeleteObject'], arns(of));
  if (never.length > 0) to.deny(['s3:DeleteObject'], arns(never));
  acknowledgeObjects(to, { lake }, [...of, ...never]);
}

function acknowledgeObjects(to: PipelineFunction, { lake }: { lake: Bucket }, patterns: Iterable<string>): void {
  /** cdk-nag names a resource by the export through which another stack sees the bucket. */
  const exported = Stack.of(lake).resolve(Stack.of(lake).exportValue(lake.bucketArn))['Fn::ImportValue'];
  for (const pattern of patterns) {
    acknowledge(to, {
      [`AwsSolutions-IAM5[Resource::${exported}/${pattern}]`]:
        'Names of data files and log entries are made at run time.',
    });
  }
}

/** Putting large objects in parts, and giving them up. */
export function allowUploads(to: PipelineFunction, { lake }: Pick<Lake, 'lake'>, patterns: readonly string[]): void {
  if (!isBucket(lake)) return;
  to.allow(
    ['s3:AbortMultipartUpload'],
    patterns.map((pattern) => lake.arnForObjects(pattern)),
  );
  acknowledgeObjects(to, { lake }, patterns);
}

/**
 * Putting data files with the tag by which they expire, for those of `tables` whose settings say so.
 * @param all keys of what `tables` put, if they are too many to be named
 */
export function allowDataFileTags(
  to: PipelineFunction,
  { lake }: Pick<Lake, 'lake'>,
  settings: Settings,
  tables: readonly string[] = Object.keys(settings.tables),
  all: readonly string[] = [everyTable],
): void {
  const byName: Record<string, TableSettings> = settings.tables;
  const expiring = tables.filter((table) => byName[table]?.expireAfterMs !== undefined);
  if (expiring.length === 0 || !isBucket(lake)) return;
  const patterns = expiring.length > mostNamedTables ? all : expiring.map((table) => `${tablePrefix(table)}/*`);
  to.allow(
    ['s3:PutObjectTagging'],
    patterns.map((pattern) => lake.arnForObjects(pattern)),
  );
  acknowledgeObjects(to, { lake }, patterns);
}

/** Keeping Glue's entries of tables in step, where there is a database, and making those that it lacks. */
export function allowCatalog(to: PipelineFunction, { glueDatabase, tables }: Settings): void {
  if (glueDatabase === undefined) return;
  const stack = Stack.of(to);
  const arn = (resource: string, resourceName?: string) =>
    stack.formatArn({ service: 'glue', resource, ...(resourceName === undefined ? {} : { resourceName }) });
  const entryOf = (key: string) => arn('table', `${glueDatabase}/${key}`);
  const keys = Object.keys(tables).length > mostNamedTables ? ['*'] : Object.keys(tables);
  to.allow(
    ['glue:CreateTable', 'glue:GetTable', 'glue:UpdateTable'],
    [arn('catalog'), arn('database', glueDatabase), ...keys.map(entryOf)],
  );
  const patterns = keys.filter(isTablePattern);
  acknowledgeWildcards(
    to,
    patterns.map(entryOf),
    "The database is the stack's own, and routes make tables at run time.",
  );
}
