import { randomUUID } from 'node:crypto';
import { type ValidRequest, validated } from './dynalite.ts';
import { serviceError, validationError } from './service-error.ts';
import type { Store } from './store.ts';
import type { KeyElement, Message, SecondaryIndex, StreamViewType, TableDescription } from './types.ts';

export interface Identity {
  region: string;
  account: string;
}

const streamViewTypes: readonly StreamViewType[] = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

interface StreamSpecification {
  StreamEnabled?: boolean;
  StreamViewType?: StreamViewType;
}

/** CreateTable, DescribeTable …: everything is ready when it is answered, so a table is always `ACTIVE`. */
export function tableOperations(store: Store, { region, account }: Identity, now: () => number) {
  const arnOf = (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;

  function streamFields(name: string, specification: StreamSpecification | undefined): Partial<TableDescription> {
    if (specification?.StreamEnabled !== true) return {};
    const { StreamViewType } = specification;
    if (StreamViewType === undefined || !streamViewTypes.includes(StreamViewType)) {
      throw validationError(
        `One or more parameter values were invalid: StreamViewType ${JSON.stringify(StreamViewType)}: expected one of ${streamViewTypes.join(', ')}`,
      );
    }
    const LatestStreamLabel = new Date(now()).toISOString().replace('Z', '');
    return {
      StreamSpecification: { StreamEnabled: true, StreamViewType },
      LatestStreamLabel,
      LatestStreamArn: `${arnOf(name)}/stream/${LatestStreamLabel}`,
    };
  }

  const indexes = (name: string, found: unknown, fields: Message): SecondaryIndex[] =>
    (found as SecondaryIndex[]).map((index) => ({
      ...index,
      IndexArn: `${arnOf(name)}/index/${index.IndexName}`,
      IndexSizeBytes: 0,
      ItemCount: 0,
      ...fields,
    }));

  function describe(name: string): TableDescription {
    const { description } = store.tableOf(name);
    return { ...description, ItemCount: store.itemCount(description) };
  }

  return {
    CreateTable(request: Message): Message {
      const valid: ValidRequest = validated('createTable', request, store.dynaliteStore);
      const name = valid.TableName;
      if (store.findTable(name) !== undefined) {
        throw serviceError('ResourceInUseException', `Table already exists: ${name}`);
      }
      const { BillingMode, GlobalSecondaryIndexes, LocalSecondaryIndexes, ProvisionedThroughput } = valid;
      const throughput = {
        NumberOfDecreasesToday: 0,
        ...(ProvisionedThroughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }),
      };
      const global = { IndexStatus: 'ACTIVE', ProvisionedThroughput: throughput };
      const description: TableDescription = {
        TableName: name,
        TableId: randomUUID(),
        TableArn: arnOf(name),
        TableStatus: 'ACTIVE',
        CreationDateTime: now() / 1000,
        KeySchema: valid.KeySchema as KeyElement[],
        AttributeDefinitions: valid.AttributeDefinitions as TableDescription['AttributeDefinitions'],
        ProvisionedThroughput: throughput,
        TableSizeBytes: 0,
        ...(BillingMode === 'PAY_PER_REQUEST' && { BillingModeSummary: { BillingMode } }),
        ...(GlobalSecondaryIndexes !== undefined && {
          GlobalSecondaryIndexes: indexes(name, GlobalSecondaryIndexes, global),
        }),
        ...(LocalSecondaryIndexes !== undefined && { LocalSecondaryIndexes: indexes(name, LocalSecondaryIndexes, {}) }),
        ...streamFields(name, request.StreamSpecification as StreamSpecification | undefined),
      };
      store.atomically(() => store.putTable(description));
      return { TableDescription: { ...description, ItemCount: 0 } };
    },

    DescribeTable(request: Message): Message {
      return { Table: describe(validated('describeTable', request, store.dynaliteStore).TableName) };
    },

    ListTables(request: Message): Message {
      const { Limit, ExclusiveStartTableName } = validated('listTables', request, store.dynaliteStore);
      const limit = Number(Limit ?? 100);
      const names = store.tableNames().filter((name) => name > String(ExclusiveStartTableName ?? ''));
      const page = names.slice(0, limit);
      return { TableNames: page, ...(names.length > limit && { LastEvaluatedTableName: page.at(-1) }) };
    },

    DeleteTable(request: Message): Message {
      const { TableName } = validated('deleteTable', request, store.dynaliteStore);
      const description = describe(TableName);
      store.atomically(() => store.removeTable(description));
      return { TableDescription: { ...description, TableStatus: 'DELETING' } };
    },

    /** Only the stream can be switched on and off. */
    UpdateTable(request: Message): Message {
      const { TableName, StreamSpecification, ...others } = request;
      const { TableName: name } = validated('describeTable', { TableName }, store.dynaliteStore);
      if (StreamSpecification === undefined || Object.keys(others).length > 0) {
        throw validationError(
          `UpdateTable here takes StreamSpecification alone, found ${Object.keys(request).join(', ')}`,
        );
      }
      const { description, timeToLive } = store.tableOf(name);
      const { StreamSpecification: current, ...rest } = description;
      const specification = StreamSpecification as StreamSpecification;
      if (specification.StreamEnabled === (current?.StreamEnabled ?? false)) {
        throw validationError(
          `Table already ${specification.StreamEnabled ? 'has an enabled' : 'has a disabled'} stream: ${name}`,
        );
      }
      const updated = { ...rest, ...streamFields(name, specification) } as TableDescription;
      store.atomically(() => store.putTable(updated, timeToLive));
      return { TableDescription: describe(name) };
    },
  };
}
