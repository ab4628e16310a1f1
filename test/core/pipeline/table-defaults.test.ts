import { expect, test } from 'vitest';
import { tableSettings } from '#contract/table-settings.ts';
import { removedTableSettings, tableSettingsOf } from '#pipeline/table-defaults.ts';

test('a table that the settings name no more has the defaults of the schema', () => {
  expect(removedTableSettings).toEqual(tableSettings.parse({}));
  expect(tableSettingsOf({ tables: {} as never }, 'gone')).toBe(removedTableSettings);
});
