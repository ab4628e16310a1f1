import { describe, expect, it } from 'vitest';
import { heapFlags } from '../../../../scripts/local/functions/heap-flags.ts';

describe('flags of a heap', () => {
  it('are shares of the function’s memory', () => {
    expect(heapFlags({ memoryMiB: 1769, environment: {} })).toEqual([
      '--max-semi-space-size=88',
      '--max-old-space-size=1593',
    ]);
  });

  it.each(['--max-semi-space-size=16', '--max_old_space_size=300 --enable-source-maps'])(
    'are the function’s own where it has %s',
    (options) => {
      expect(heapFlags({ memoryMiB: 1769, environment: { NODE_OPTIONS: options } })).toEqual([]);
    },
  );
});
