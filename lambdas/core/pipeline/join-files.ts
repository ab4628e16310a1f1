import type { FileJoiner } from './coalesce-files.ts';
import { copyFiles, sourcesToCopy } from './copy-files.ts';

/** By copying row groups; files of row groups that are too small for that stay as they are. */
export const joinByCopy: FileJoiner = async ({ files, path, fields, minRowGroupBytes, goesOn }, store) => {
  const sources = await sourcesToCopy(files, minRowGroupBytes, store);
  goesOn();
  return sources && copyFiles(sources, files, { path, fields, goesOn }, store);
};
