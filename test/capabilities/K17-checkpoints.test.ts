import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  clicks: { kinesis: { shards: 1 }, table: clicks }
  views: { kinesis: { shards: 1 }, table: views }
tables:
  clicks: { checkpointInterval: 3 }
  views: {}
`;

test.each([
  ['clicks', 8, [3, 6]],
  ['views', 22, [10, 20]],
])(
  'K17 checkpoints come every `checkpointInterval` commits, and every tenth without it: %s',
  async (table, commits, wanted) => {
    const world = await lakeWorld(settings);
    for (let id = 0; id < commits; id++) {
      await world.push(table, [{ value: { id } }]);
      await world.commit();
    }
    const log = [...world.storeOf(table).objects.keys()].filter((path) => path.includes('.checkpoint'));
    expect(log.map((path) => Number(/(\d{20})/.exec(path)?.[1])).sort((a, b) => a - b)).toEqual(wanted);
    const ids = (await world.rows(table)).map(({ id }) => id as number).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: commits }, (_, id) => id));
  },
);
