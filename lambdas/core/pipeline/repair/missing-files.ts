import { tablePrefix } from '#contract/environment.ts';
import type { AddFile } from '#delta/actions.ts';
import { deletionVectorPath } from '#delta/deletion-vector.ts';
import { type AbsoluteLocator, type FileLocation, isAbsolutePath } from '#delta/file-location.ts';
import { decodePath } from '#delta/file-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { PathSet } from './path-set.ts';

/** A live file that cannot be read any more, since its data or its deletion vector is gone. */
export interface MissingFile {
  add: AddFile;
  gone: 'data' | 'deletionVector';
  /** The table's expiry explains it. */
  isExpected: boolean;
}

export interface MissingFiles {
  /** Files of the version. */
  liveFiles: number;
  /** Confirmed by S3; at most `mostFiles`, in the order of the log. */
  missing: MissingFile[];
  missingFiles: number;
  /** Of those, the ones that the table's expiry does not explain. */
  unexpectedFiles: number;
  /** Paths, decoded, in places that cannot be asked: nothing is said of them. At most ten. */
  elsewhere: string[];
  filesElsewhere: number;
}

export const nothingFound = (): MissingFiles => ({
  liveFiles: 0,
  missing: [],
  missingFiles: 0,
  unexpectedFiles: 0,
  elsewhere: [],
  filesElsewhere: 0,
});

export interface MissingSearch {
  tableName: string;
  store: ObjectStore;
  /** Leads into the lake's bucket, by keys; anything else is elsewhere. */
  locate: AbsoluteLocator;
  /** Paths within the table that S3 says it has deleted. Absent: the table is listed. */
  expired?: ReadonlySet<string>;
  /** A file older than this may be gone. */
  expectedBeforeMs: number | undefined;
  /** Files that are asked for and named, at most: past as many missing ones, suspects are counted as they are. */
  mostFiles: number;
}

/** Objects asked for at one time. */
export const parallelHeads = 32;
const mostNamedElsewhere = 10;

/** Whether a path of the table is one of an object that may be missing, and need be asked for. */
type Suspicion = (path: string) => boolean;

/**
 * Which live files are gone: those that a listing lacks, or that S3 has told of, and for which S3 then says itself that there
 * is no such object (404). Memory grows by 16 bytes for each object of the table, and with what is missing.
 *
 * @throws what S3 answers other than that an object is there or not: a refused permission is never taken for absence.
 */
export async function findMissingFiles(files: AsyncIterable<AddFile>, search: MissingSearch): Promise<MissingFiles> {
  const { expired, expectedBeforeMs, mostFiles } = search;
  const isSuspect: Suspicion =
    expired === undefined ? await absenceFromList(search.store) : (path) => expired.has(path);
  const found = nothingFound();
  const note = ({ add, gone }: GoneFile): void => {
    const isExpected = expectedBeforeMs !== undefined && add.modificationTime <= expectedBeforeMs;
    found.missingFiles += 1;
    if (!isExpected) found.unexpectedFiles += 1;
    if (found.missing.length < mostFiles) found.missing.push({ add, gone, isExpected });
  };
  let suspected: [AddFile, Suspect[]][] = [];
  const settle = async (): Promise<void> => {
    const answers = await Promise.all(suspected.map(([add, suspects]) => confirmed(add, suspects)));
    for (const missing of answers) if (missing !== undefined) note(missing);
    suspected = [];
  };
  for await (const add of files) {
    found.liveFiles += 1;
    const suspects = suspectsOf(add, search, isSuspect, (path) => {
      found.filesElsewhere += 1;
      if (found.elsewhere.length < mostNamedElsewhere) found.elsewhere.push(path);
    });
    if (suspects.length === 0) continue;
    if (found.missing.length >= mostFiles) {
      note({ add, gone: suspects[0]!.gone });
      continue;
    }
    suspected.push([add, suspects]);
    if (suspected.length >= parallelHeads) await settle();
  }
  await settle();
  return found;
}

async function absenceFromList(store: ObjectStore): Promise<Suspicion> {
  const present = new PathSet();
  for await (const { path } of store.list('')) present.add(path);
  return (path) => !present.has(path);
}

type GoneFile = Pick<MissingFile, 'add' | 'gone'>;

interface Suspect {
  gone: MissingFile['gone'];
  place: FileLocation;
}

function suspectsOf(
  add: AddFile,
  search: MissingSearch,
  isSuspect: Suspicion,
  onElsewhere: (path: string) => void,
): Suspect[] {
  const vector = add.deletionVector === undefined ? undefined : deletionVectorPath(add.deletionVector);
  const objects: [gone: MissingFile['gone'], path: string | undefined][] = [
    ['data', decodePath(add.path)],
    ['deletionVector', vector],
  ];
  return objects.flatMap(([gone, path]) => {
    if (path === undefined) return [];
    const place = placeOf(path, search);
    if (place === undefined) {
      onElsewhere(path);
      return [];
    }
    /** Elsewhere in the bucket nothing was listed, and other tables' events are not for this one: a search asks. */
    const suspicious = place.store === search.store ? isSuspect(place.path) : search.expired === undefined;
    return suspicious ? [{ gone, place }] : [];
  });
}

/** Absolute paths into the table's own folder are paths of the table like any other. */
function placeOf(
  path: string,
  { tableName, store, locate }: Pick<MissingSearch, 'tableName' | 'store' | 'locate'>,
): FileLocation | undefined {
  if (!isAbsolutePath(path)) return { store, path };
  const location = locate(path);
  const folder = `${tablePrefix(tableName)}/`;
  return location?.path.startsWith(folder) ? { store, path: location.path.slice(folder.length) } : location;
}

async function confirmed(add: AddFile, suspects: readonly Suspect[]): Promise<GoneFile | undefined> {
  for (const { gone, place } of suspects) {
    if ((await place.store.head(place.path)) === undefined) return { add, gone };
  }
  return undefined;
}
