import { expect, test } from 'vitest';
import { settings as settingsSchema } from '#contract/settings.ts';
import type { LogState } from '#delta/log-state.ts';
import { assertCanGoOn } from '#pipeline/positions/handed-over.ts';
import { HandoverRefused } from '#pipeline/positions/position-errors.ts';

const { tables } = settingsSchema.parse({ sources: {}, tables: { people: {} } });

const stateWith = (...fields: object[]): LogState => {
  const schemaString = JSON.stringify({ type: 'struct', fields });
  const metaData = { id: 'i', format: { provider: 'parquet', options: {} }, schemaString, partitionColumns: [] };
  const protocol = { minReaderVersion: 1, minWriterVersion: 2 };
  return { version: 0, protocol, metaData: { ...metaData, configuration: {} }, txns: new Map() } as unknown as LogState;
};

const text = (name: string, declared?: string) => ({
  ...{ name, type: 'string', nullable: true },
  metadata: declared === undefined ? {} : { __CHAR_VARCHAR_TYPE_STRING: declared },
});

test('a table with columns of CHAR or VARCHAR is refused: Spark would miss rows whose texts are not padded', () => {
  const inside = {
    name: 'address',
    type: { type: 'struct', fields: [text('zip', 'char(5)')] },
    nullable: true,
    metadata: {},
  };
  const goOn = (...fields: object[]) => assertCanGoOn('people', stateWith(...fields), { environment: 'test', tables });
  expect(() => goOn(text('name'))).not.toThrow();
  expect(() => goOn(text('name'), text('code', 'varchar(10)'))).toThrow(HandoverRefused);
  expect(() => goOn(text('name'), inside)).toThrow(
    'table people: expected no column of CHAR or VARCHAR, whose padding and lengths Spark counts on and this writer does not keep; got address.zip char(5): make it a STRING first',
  );
});
