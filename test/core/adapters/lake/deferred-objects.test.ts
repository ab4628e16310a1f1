import { expect, test } from 'vitest';
import { deferredObjects } from '#adapters/lake/deferred-objects.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';

/** A lake whose secret is a number: clients made by an older one are refused. */
function lakeOfSecrets() {
  const memory = memoryObjectStore(() => 0);
  const lake = { secret: 1, opened: 0, refusal: Object.assign(new Error('forbidden'), { statusCode: 403 }) as unknown };
  const objects = deferredObjects(async () => {
    lake.opened++;
    const own = lake.secret;
    const store: ObjectStore = {
      ...memory,
      head: async (path) => {
        if (own !== lake.secret) throw lake.refusal;
        return memory.head(path);
      },
    };
    return { storeOf: () => store, foldersIn: async () => [] };
  });
  return { lake, store: objects.storeOf('tables/t') };
}

test.each([
  Object.assign(new Error('AuthenticationFailed'), { statusCode: 403 }),
  Object.assign(new Error('Invalid Credentials'), { code: 401 }),
  Object.assign(new Error('SignatureDoesNotMatch'), { $metadata: { httpStatusCode: 403 } }),
  Object.assign(new Error('invalid_grant: Invalid JWT Signature.'), { code: '400' }),
  new Error('a: expected it to be deleted', { cause: Object.assign(new Error(''), { statusCode: 403 }) }),
])('a lake whose secret was changed is opened anew once it does not let in: %s', async (refusal) => {
  const { lake, store } = lakeOfSecrets();
  await store.put('a', new Uint8Array(1));
  lake.secret = 2;
  lake.refusal = refusal;
  await expect(store.head('a')).rejects.toBe(refusal);
  expect(await store.head('a')).toMatchObject({ sizeBytes: 1 });
  expect(lake.opened).toBe(2);
});

test('other failures keep it open, and one to open is not remembered', async () => {
  const { lake, store } = lakeOfSecrets();
  await store.put('a', new Uint8Array(1));
  lake.secret = 2;
  lake.refusal = Object.assign(new Error('busy'), { statusCode: 503 });
  await expect(store.head('a')).rejects.toThrow('busy');
  await expect(store.head('a')).rejects.toThrow('busy');
  expect(lake.opened).toBe(1);
  expect(await Array.fromAsync(store.list(''), ({ path }) => path)).toEqual(['a']);

  let attempts = 0;
  const failing = deferredObjects(async () => {
    if (++attempts === 1) throw new Error('no secret');
    return { storeOf: () => memoryObjectStore(() => 0), foldersIn: async () => ['t'] };
  });
  await expect(failing.foldersIn('tables/')).rejects.toThrow('no secret');
  expect(await failing.foldersIn('tables/')).toEqual(['t']);
});
