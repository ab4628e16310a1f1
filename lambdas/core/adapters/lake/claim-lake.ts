import type { ObjectStore } from '#delta/object-store.ts';

const path = '_alluvium/environment';

/** The lake has the tables of another environment: both would write, and vacuum, tables of one name as their own. */
export class ForeignLakeError extends Error {
  override readonly name = 'ForeignLakeError';
}

/**
 * Makes a lake the environment's, unless it is already: the first that opens it has it.
 *
 * @throws {ForeignLakeError} where it is another's.
 */
export async function claimLake(store: ObjectStore, lake: string, environment: string): Promise<void> {
  let found = await store.read(path);
  if (found === undefined) {
    if ((await store.putIfAbsent(path, new TextEncoder().encode(`${environment}\n`))) === 'created') return;
    found = await store.read(path);
  }
  const owner = found === undefined ? undefined : new TextDecoder().decode(found.bytes).trim();
  if (owner === environment) return;
  if (owner === undefined)
    throw new Error(`${lake}: expected ${path} to say whose lake it is, got no answer to the put`);
  throw new ForeignLakeError(
    `${lake}: expected a lake of environment ${environment}, got one of ${owner}, as ${path} in it says: each environment has a bucket or container of its own`,
  );
}
