import { runNow, validated } from './dynalite.ts';
import { validationError } from './service-error.ts';
import type { Store } from './store.ts';
import { type Streams, timeToLiveService } from './streams.ts';
import type { Item, Message, TableDescription } from './types.ts';

/** DynamoDB leaves an item alone whose time is more than five years past. */
const oldestAgeSeconds = 5 * 365 * 24 * 60 * 60;

export function timeToLive(store: Store, streams: Streams, now: () => number) {
  const tableName = (request: Message) =>
    validated('describeTable', { TableName: request.TableName }, store.dynaliteStore).TableName;
  return {
    operations: {
      UpdateTimeToLive(request: Message): Message {
        const { description, timeToLive: current } = store.tableOf(tableName(request));
        const specification = request.TimeToLiveSpecification as
          | { AttributeName?: string; Enabled?: boolean }
          | undefined;
        const { AttributeName, Enabled } = specification ?? {};
        if (typeof AttributeName !== 'string' || AttributeName === '' || typeof Enabled !== 'boolean') {
          throw validationError('TimeToLiveSpecification: expected AttributeName and Enabled');
        }
        if (Enabled === (current?.enabled ?? false)) {
          throw validationError(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
        }
        store.atomically(() => {
          store.putTable(description, { attribute: AttributeName, enabled: Enabled });
          store.renewExpiries(description, Enabled ? AttributeName : undefined);
        });
        return { TimeToLiveSpecification: { AttributeName, Enabled } };
      },

      DescribeTimeToLive(request: Message): Message {
        const current = store.tableOf(tableName(request)).timeToLive;
        return {
          TimeToLiveDescription: current?.enabled
            ? { TimeToLiveStatus: 'ENABLED', AttributeName: current.attribute }
            : { TimeToLiveStatus: 'DISABLED' },
        };
      },
    },

    /** Deletes what has expired, and says so in the stream. */
    sweep(): void {
      const nowSeconds = Math.floor(now() / 1000);
      for (const name of store.tableNames()) {
        const { description, timeToLive: rule } = store.tableOf(name);
        if (!rule?.enabled) continue;
        const items = store.expired(description, nowSeconds, nowSeconds - oldestAgeSeconds);
        if (items.length === 0) continue;
        store.atomically(() =>
          streams.as(timeToLiveService, () => {
            for (const item of items) {
              const request = { TableName: name, Key: keyAttributes(item, description) };
              runNow('deleteItem', store.dynaliteStore, validated('deleteItem', request, store.dynaliteStore));
            }
          }),
        );
      }
      streams.announce();
    },
  };
}

function keyAttributes(item: Item, { KeySchema }: TableDescription): Item {
  return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]!]));
}
