import type { AddFile } from './actions.ts';
import { deletionVectorPath } from './deletion-vector.ts';
import { isAbsolutePath } from './file-location.ts';
import { decodePath } from './file-path.ts';

type NamedFile = Pick<AddFile, 'path' | 'deletionVector'>;

/** Objects that nothing may need any more, by path within the table, with their bytes as far as they are known. */
export type Candidates = Map<string, number>;

/** What a file of the log needs: its data, and the file of its deletion vector. Decoded; absolute where the log has it so. */
export function pathsOf({ path, deletionVector }: NamedFile): string[] {
  const vector = deletionVector && deletionVectorPath(deletionVector);
  return vector === undefined ? [decodePath(path)] : [decodePath(path), vector];
}

/**
 * Takes out of `candidates` what a file needs. An absolute path spares whatever it may mean within the table: each path that
 * it ends with.
 */
export function spare(candidates: Candidates, file: NamedFile): void {
  for (const path of pathsOf(file)) {
    candidates.delete(path);
    if (!isAbsolutePath(path)) continue;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      candidates.delete(path.slice(slash + 1));
    }
  }
}

const changeFolder = '_change_data/';

export const isChangeFile = (path: string): boolean => path.startsWith(changeFolder);

/**
 * Whether a path may be vacuumed at all: within the table and not hidden. Names that begin with `_` or `.` belong to something
 * else, the log first of all, unless they are folders of a partition column or that of the change data feed (as Spark's VACUUM
 * has it).
 */
export function isVacuumable(path: string, partitionColumns: readonly string[]): boolean {
  if (isAbsolutePath(path) || path.endsWith('/')) return false;
  const segments = (isChangeFile(path) ? path.slice(changeFolder.length) : path).split('/');
  return segments.every((segment, index) => {
    if (segment === '') return false;
    if (!/^[_.]/.test(segment)) return true;
    const isFolder = index < segments.length - 1;
    return isFolder && partitionColumns.some((column) => segment.startsWith(`${column}=`));
  });
}
