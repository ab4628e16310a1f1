import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { commitPattern } from '#contract/environment.ts';
import { dataFileTag, expiringPrefix } from '#contract/file-expiry.ts';
import type { OutsideLake } from '#contract/lake-settings.ts';
import type { Settings } from '#contract/settings.ts';
import { isTablePattern, mayMeet, namedTables } from '#contract/table-names.ts';
import { acknowledge } from '../acknowledge.ts';
import { Catalog } from '../constructs/catalog.ts';
import { ExpiryQueue } from '../constructs/expiry-queue.ts';
import type { Environment } from '../environment.ts';
import { removalPolicyOf } from '../removal.ts';

/** What must outlive every deployment: the lake's bucket, the ledger and the log of Delta commits. */
export class StorageStack extends Stack {
  /** The bucket that holds the tables, or what says where they lie outside S3. */
  readonly lake: Bucket | OutsideLake;
  readonly ledger: Table;
  readonly deltaLog: ITable;
  /** Where S3 tells of objects that lifecycle rules have deleted. */
  readonly expired: Queue;

  constructor(scope: Construct, id: string, { environment, ...props }: StackProps & { environment: Environment }) {
    super(scope, id, props);
    const { settings, names } = environment;
    const removalPolicy = removalPolicyOf(settings);

    const bucket = settings.lake.kind === 's3' ? this.#newLake(environment) : undefined;
    this.lake = bucket ?? (settings.lake as OutsideLake);
    this.expired = new ExpiryQueue(this, 'Expired', { environment, lake: bucket }).queue;

    const table = { billingMode: BillingMode.PAY_PER_REQUEST, encryption: TableEncryption.AWS_MANAGED, removalPolicy };
    this.ledger = new Table(this, 'Ledger', {
      ...table,
      tableName: names.resource('ledger'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      stream: StreamViewType.KEYS_ONLY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.retainData,
    });
    this.deltaLog =
      settings.deltaLogTable === undefined
        ? (this.#newDeltaLog({
            ...table,
            tableName: names.resource('delta-log'),
            deletionProtection: settings.retainData,
          }) as ITable)
        : Table.fromTableName(this, 'DeltaLog', settings.deltaLogTable);
    if (settings.glueDatabase !== undefined && bucket !== undefined) {
      const tables = namedTables(settings.tables).filter((table) => !isMadeByRoutes(settings, table));
      new Catalog(this, 'Catalog', { database: settings.glueDatabase, tables, lake: bucket });
    }
  }

  #newLake({ settings }: Environment): Bucket {
    const lake = new Bucket(this, 'Lake', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      /** Delta's log is the history of a table; kept versions would only hold what vacuum has given up. */
      versioned: false,
      removalPolicy: removalPolicyOf(settings),
      lifecycleRules: [
        { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
        /** By tag, for a prefix alone would take the log along. */
        ...Object.entries(settings.tables).flatMap(([table, { expireAfterMs }]) =>
          expireAfterMs === undefined
            ? []
            : [
                {
                  id: `data-files-of-${table}`,
                  prefix: expiringPrefix(table),
                  tagFilters: { [dataFileTag.key]: dataFileTag.value },
                  expiration: Duration.millis(expireAfterMs),
                },
              ],
        ),
      ],
    });
    for (const [table, { protectLog }] of Object.entries(settings.tables)) {
      if (protectLog) lake.addToResourcePolicy(onlyNewCommits(lake, table));
    }
    acknowledge(lake, {
      'AwsSolutions-S1':
        'Only the roles of this application and the readers of its owner reach the lake; who did is what CloudTrail data events say, where wanted, without a second bucket of logs.',
    });
    return lake;
  }

  /** As S3DynamoDBLogStore defines it, so that Spark and Flink can share it. */
  #newDeltaLog(props: Partial<TableProps>): Table {
    return new Table(this, 'DeltaLog', {
      ...props,
      partitionKey: { name: 'tablePath', type: AttributeType.STRING },
      sortKey: { name: 'fileName', type: AttributeType.STRING },
      timeToLiveAttribute: 'expireTime',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
  }
}

/** Whether a table may have been there, and have an entry of Glue's by the committer, before the settings named it. */
const isMadeByRoutes = ({ tables }: Settings, table: string): boolean =>
  Object.keys(tables).some((key) => isTablePattern(key) && mayMeet(table, key));

/**
 * Commits are put with `If-None-Match`, or not at all. Of the requests of an upload in parts only the last can carry the header;
 * a copy is refused with it or without.
 */
function onlyNewCommits(lake: Bucket, table: string): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [lake.arnForObjects(commitPattern(table))],
    conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
  });
}
