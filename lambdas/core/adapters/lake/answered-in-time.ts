import type { ObjectInfo, ObjectStore, PutOutcome, Upload } from '#delta/object-store.ts';
import type { LakeObjects } from './lake.ts';
import { pathsAfter } from './utf8-order.ts';

/** All attempts of one operation together, well inside the time-outs of functions. */
const waitMs = 45_000;
/** As many as are sure to go in that time. */
const deletedAtOnce = 256;

/**
 * Objects of a service whose client waits without end for one that hangs. What is not answered in time fails, as an outage that is
 * caught and not the death of an invocation; of a conditional put it is unknown what it came to.
 * @param listsWhole the service lists from the first path on, whatever is asked for: passing over what comes before takes the time
 * of many answers
 */
export const answeredInTime = ({ storeOf, foldersIn }: LakeObjects, { listsWhole = false } = {}): LakeObjects => ({
  storeOf: (prefix, tagsOf) => storeInTime(storeOf(prefix, tagsOf), listsWhole),
  foldersIn: (prefix) => inTime(prefix, foldersIn(prefix)),
});

const storeInTime = (store: ObjectStore, listsWhole: boolean): ObjectStore => ({
  read: (path) => inTime(path, store.read(path)),
  readRange: (path, start, end) => inTime(path, store.readRange(path, start, end)),
  head: (path) => inTime(path, store.head(path)),
  putIfAbsent: (path, bytes) => outcomeInTime(store.putIfAbsent(path, bytes)),
  put: (path, bytes) => inTime(path, store.put(path, bytes)),
  openUpload: async (path) => uploadInTime(path, await inTime(path, store.openUpload(path))),
  list: (prefix, startAfter) =>
    listsWhole
      ? pathsAfter(listedInTime(prefix, store.list(prefix)), startAfter)
      : listedInTime(prefix, store.list(prefix, startAfter)),
  delete: (path) => inTime(path, store.delete(path)),
  async deleteAll(paths) {
    for (let first = 0; first < paths.length; first += deletedAtOnce) {
      const some = paths.slice(first, first + deletedAtOnce);
      await inTime(some[0] as string, store.deleteAll(some));
    }
  },
});

async function* listedInTime(prefix: string, list: AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
  const listed = list[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await inTime(prefix, listed.next());
    if (done) return;
    yield value;
  }
}

const uploadInTime = (path: string, upload: Upload): Upload => ({
  write: (bytes) => inTime(path, upload.write(bytes)),
  complete: () => inTime(path, upload.complete()),
  completeIfAbsent: () => outcomeInTime(upload.completeIfAbsent()),
  abort: () => inTime(path, upload.abort()),
});

const late = Symbol('late');

async function unlessLate<T>(answer: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), waitMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function inTime<T>(what: string, answer: Promise<T>): Promise<T> {
  const answered = await unlessLate(answer);
  if (answered === late) throw new Error(`${what}: expected an answer of the lake within ${waitMs} ms, got none`);
  return answered;
}

async function outcomeInTime(answer: Promise<PutOutcome>): Promise<PutOutcome> {
  const answered = await unlessLate(answer);
  return answered === late ? 'unknown' : answered;
}
