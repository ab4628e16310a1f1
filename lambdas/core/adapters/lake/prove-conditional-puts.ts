import type { ObjectStore } from '#delta/object-store.ts';

const folder = '_alluvium/probes/';

/** The lake takes a second put of what is there: writers would overwrite each other's commits. */
export class UnsafeLakeError extends Error {
  override readonly name = 'UnsafeLakeError';
}

/**
 * Puts an object twice on condition that there is none, under a fresh name, and takes it away again.
 * @throws {UnsafeLakeError} unless the second put is refused.
 */
export async function proveConditionalPuts(store: ObjectStore, lake: string, id: string): Promise<void> {
  const path = `${folder}${id}`;
  const bytes = new TextEncoder().encode('Alluvium asks whether a second conditional put is refused.\n');
  try {
    const outcomes = [await store.putIfAbsent(path, bytes), await store.putIfAbsent(path, bytes)];
    const [first, second] = outcomes;
    if (first === 'unknown' || second === 'unknown') {
      throw new Error(`${lake}: expected answers to two conditional puts, got ${outcomes.join(' and ')}`);
    }
    if (second !== 'exists') {
      throw new UnsafeLakeError(
        `${lake}: expected the second of two conditional puts of one object to be refused, got both accepted: writers would overwrite each other's commits, so nothing is written here`,
      );
    }
  } finally {
    await store.delete(path);
  }
}
