import { Stack } from 'aws-cdk-lib';
import { environmentVariables } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { acknowledge } from './acknowledge.ts';
import type { PipelineFunction } from './constructs/pipeline-function.ts';
import type { StorageStack } from './stacks/storage-stack.ts';

/** What holds the lake's data, whichever stack made it. */
export type Lake = Pick<StorageStack, 'lake' | 'ledger' | 'deltaLog'>;

/** Where the lake and its ledger are, for every function that works on them. */
export const lakeVariables = ({ lake, ledger, deltaLog }: Lake): Record<string, string> => ({
  [environmentVariables.lakeBucket]: lake.bucketName,
  [environmentVariables.ledgerTable]: ledger.tableName,
  [environmentVariables.deltaLogTable]: deltaLog.tableName,
});

/** Reading is of everything under `tables/`; `write` adds putting and replacing objects there, never deleting any. */
export function allowLake(to: PipelineFunction, { lake }: Lake, access: 'read' | 'write'): void {
  /** Without a condition: with one, S3 answers 403 instead of 404 for a log entry that is not there yet. */
  to.allow(['s3:ListBucket'], [lake.bucketArn]);
  const actions = access === 'read' ? ['s3:GetObject'] : ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'];
  to.allow(actions, [lake.arnForObjects('tables/*')]);
  /** cdk-nag names the resource by the export through which another stack sees the bucket. */
  const exported = Stack.of(lake).resolve(Stack.of(lake).exportValue(lake.bucketArn))['Fn::ImportValue'];
  acknowledge(to, {
    [`AwsSolutions-IAM5[Resource::${exported}/tables/*]`]: 'Names of data files and log entries are made at run time.',
  });
}

/** Items of Delta commits: `write` puts and completes them. */
export function allowDeltaLog(to: PipelineFunction, { deltaLog }: Lake, access: 'read' | 'write'): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:Query'];
  to.allow(access === 'read' ? actions : [...actions, 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [deltaLog.tableArn]);
}

/** Keeping the columns of Glue's tables in step, where there is a database. */
export function allowCatalog(to: PipelineFunction, { glueDatabase, tables }: Settings): void {
  if (glueDatabase === undefined) return;
  const stack = Stack.of(to);
  const arn = (resource: string, resourceName?: string) =>
    stack.formatArn({ service: 'glue', resource, ...(resourceName === undefined ? {} : { resourceName }) });
  to.allow(
    ['glue:GetTable', 'glue:UpdateTable'],
    [
      arn('catalog'),
      arn('database', glueDatabase),
      ...Object.keys(tables).map((table) => arn('table', `${glueDatabase}/${table}`)),
    ],
  );
}
