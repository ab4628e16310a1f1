import type { ObjectInfo } from '#delta/object-store.ts';

/** From here on UTF-16, which some stores sort by, and UTF-8 differ. */
const differs = /[\ud800-\uffff]/;

/**
 * A list that may be in the order of UTF-16 units, in the order of UTF-8 bytes. Paths that compare differently lie side by side in
 * either, so that no more than those are held at a time.
 */
export async function* inUtf8Order(listed: AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
  let held: ObjectInfo[] = [];
  for await (const info of listed) {
    if (differs.test(info.path)) held.push(info);
    else {
      yield* byBytes(held);
      held = [];
      yield info;
    }
  }
  yield* byBytes(held);
}

const byBytes = (infos: ObjectInfo[]): ObjectInfo[] =>
  infos.sort((left, right) => Buffer.compare(Buffer.from(left.path), Buffer.from(right.path)));

/** What of a list lies behind a path, in the order of UTF-8 bytes; all of it without one. */
export async function* pathsAfter(
  listed: AsyncIterable<ObjectInfo>,
  startAfter: string | undefined,
): AsyncGenerator<ObjectInfo> {
  const after = startAfter === undefined ? undefined : Buffer.from(startAfter);
  for await (const info of listed) {
    if (after === undefined || Buffer.compare(Buffer.from(info.path), after) > 0) yield info;
  }
}
