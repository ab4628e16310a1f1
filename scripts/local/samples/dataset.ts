import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Text of one of the data files that vega-datasets brings. */
export const readDataset = (file: string): Promise<string> => {
  const entry = fileURLToPath(import.meta.resolve('vega-datasets'));
  return readFile(join(dirname(dirname(entry)), 'data', file), 'utf8');
};
