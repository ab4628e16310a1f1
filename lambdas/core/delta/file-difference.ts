import type { AddFile } from './actions.ts';
import type { TableFiles } from './live-files.ts';
import type { FileDifference } from './restore.ts';
import { fileKey } from './snapshot.ts';

/** How the files of a table now differ from those then. Memory holds the keys of those then, and what differs. */
export async function differenceOf(
  now: Pick<TableFiles, 'files'>,
  before: Pick<TableFiles, 'files'>,
): Promise<FileDifference> {
  const keysThen = new Set<string>();
  let bytesThen = 0;
  for await (const file of before.files()) {
    keysThen.add(fileKey(file));
    bytesThen += file.size;
  }
  const surplus: AddFile[] = [];
  const absent = new Set(keysThen);
  for await (const file of now.files()) {
    if (!absent.delete(fileKey(file))) surplus.push(file);
  }
  const missing: AddFile[] = [];
  if (absent.size > 0) {
    for await (const file of before.files()) if (absent.has(fileKey(file))) missing.push(file);
  }
  return { missing, surplus, keysThen, bytesThen };
}
