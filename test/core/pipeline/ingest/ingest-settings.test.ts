import { expect, test } from 'vitest';
import { settings as settingsSchema } from '#contract/settings.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';

const parsed = settingsSchema.parse({
  sources: { clicks: { kinesis: {}, table: 'clicks' } },
  tables: {
    clicks: {
      schema: [
        {
          name: 'tags',
          type: { type: 'array', elementType: { type: 'struct', fields: [{ name: 'k', type: 'string' }] } },
        },
      ],
    },
    dead_letters: { compression: 'snappy' },
  },
});

test('a source finds its table, declared as Delta writes it, and the dead letters', () => {
  const found = ingestSettingsOf({ ...parsed, environment: 'prod' }, 'clicks');
  expect(found.table).toMatchObject({ tableName: 'clicks', positionColumns: false });
  expect(found.table?.declared).toEqual({
    type: 'struct',
    fields: [
      {
        name: 'tags',
        type: {
          type: 'array',
          elementType: { type: 'struct', fields: [{ name: 'k', type: 'string', nullable: true, metadata: {} }] },
          containsNull: true,
        },
        nullable: true,
        metadata: {},
      },
    ],
  });
  expect(found.deadLetters).toMatchObject({
    tableName: 'dead_letters',
    positionColumns: true,
    settings: { compression: 'snappy' },
  });
});

test('an unknown source is named with those there are', () => {
  expect(() => ingestSettingsOf({ ...parsed, environment: 'prod' }, 'views')).toThrow(
    expect.objectContaining({
      name: 'SettingsError',
      message: "source views: expected one of the settings' sources, clicks",
    }),
  );
});
