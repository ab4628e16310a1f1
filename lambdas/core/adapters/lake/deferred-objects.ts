import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';
import type { LakeObjects } from './lake.ts';

/**
 * Objects of a bucket or container that is opened when it is first used. A failure to open is not remembered, and after a refusal
 * it is opened anew the next time: its secret may be another by now.
 */
export function deferredObjects(open: () => Promise<LakeObjects>): LakeObjects {
  let opened: Promise<LakeObjects> | undefined;
  const use: Use = async (act) => {
    opened ??= open();
    const mine = opened;
    try {
      return await act(await mine);
    } catch (error) {
      if (opened === mine && (isRefused(error) || !(await hasOpened(mine)))) opened = undefined;
      throw error;
    }
  };
  return {
    storeOf: (prefix) => deferredStore((act) => use((objects) => act(objects.storeOf(prefix)))),
    foldersIn: (prefix) => use((objects) => objects.foldersIn(prefix)),
  };
}

type Use = <Output>(act: (objects: LakeObjects) => Promise<Output>) => Promise<Output>;

const hasOpened = (opened: Promise<LakeObjects>): Promise<boolean> =>
  opened.then(
    () => true,
    () => false,
  );

/** Whether a service says that it does not let in, in whichever way its client tells: `invalid_grant` is Google's of a key that is gone. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { statusCode, code, $metadata, message, cause } = error as Error & {
    statusCode?: number;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const isStatus = [statusCode, Number(code), $metadata?.httpStatusCode].some(
    (status) => status === 401 || status === 403,
  );
  return isStatus || message.includes('invalid_grant') || isRefused(cause);
}

function deferredStore(use: <Output>(act: (store: ObjectStore) => Promise<Output>) => Promise<Output>): ObjectStore {
  return {
    read: (path) => use((store) => store.read(path)),
    readRange: (path, start, end) => use((store) => store.readRange(path, start, end)),
    head: (path) => use((store) => store.head(path)),
    putIfAbsent: (path, bytes) => use((store) => store.putIfAbsent(path, bytes)),
    put: (path, bytes) => use((store) => store.put(path, bytes)),
    openUpload: (path) => use((store) => store.openUpload(path)),
    async *list(prefix, startAfter) {
      let listed: AsyncIterator<ObjectInfo> | undefined;
      for (;;) {
        const { done, value } = await use((store) => {
          listed ??= store.list(prefix, startAfter)[Symbol.asyncIterator]();
          return listed.next();
        });
        if (done) return;
        yield value;
      }
    },
    delete: (path) => use((store) => store.delete(path)),
    deleteAll: (paths) => use((store) => store.deleteAll(paths)),
  };
}
