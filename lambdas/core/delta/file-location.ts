import { UnsupportedFeature } from './errors.ts';
import type { ObjectStore } from './object-store.ts';

/** An object somewhere: in the table's own store, or in another that an absolute path names. */
export interface FileLocation {
  store: ObjectStore;
  path: string;
}

/** Where an absolute path (`s3://bucket/key`, `/folder/file`) leads, decoded; `undefined`: nowhere that can be reached. */
export type AbsoluteLocator = (path: string) => FileLocation | undefined;

const absolute = /^([a-zA-Z][a-zA-Z0-9+.-]*:)?\//;

export const isAbsolutePath = (path: string): boolean => absolute.test(path);

/**
 * Where a decoded path of the log leads: relative ones into the table's store.
 *
 * @throws {UnsupportedFeature} for an absolute path that `locate` does not know.
 */
export function locateFile(store: ObjectStore, path: string, locate: AbsoluteLocator | undefined): FileLocation {
  if (!isAbsolutePath(path)) return { store, path };
  const location = locate?.(path);
  if (location === undefined) {
    throw new UnsupportedFeature(
      `${path}: expected a path relative to the table, or one that can be reached from here`,
    );
  }
  return location;
}
