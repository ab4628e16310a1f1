import { logFolder } from './log-path.ts';
import type { ObjectStore } from './object-store.ts';

/** Up to which version the files of removes are vacuumed: Spark's `VACUUM … LITE` keeps and reads the same file. */
const path = `${logFolder}_last_vacuum_info`;
const member = 'latestCommitVersionOutsideOfRetentionWindow';

/** The last version of which nothing is left to vacuum; −1 where nobody has said so, or not legibly. */
export async function lastVacuumedVersion(store: ObjectStore): Promise<number> {
  const object = await store.read(path);
  if (object === undefined) return -1;
  try {
    const version: unknown = JSON.parse(new TextDecoder().decode(object.bytes))[member];
    return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : -1;
  } catch {
    return -1;
  }
}

export const putLastVacuumedVersion = (store: ObjectStore, version: number): Promise<void> =>
  store.put(path, new TextEncoder().encode(JSON.stringify({ [member]: version })));
