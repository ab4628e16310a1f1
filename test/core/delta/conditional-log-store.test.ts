import { beforeEach, expect, test } from 'vitest';
import type { Action } from '#delta/actions.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { addFile } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore();
});

const commit = (txnId: string): Action[] => [{ commitInfo: { txnId } }, { add: addFile(`${txnId}.parquet`) }];
const answering = (putIfAbsent: ObjectStore['putIfAbsent']): ObjectStore => ({ ...store, putIfAbsent });

test('the first writer commits, the second conflicts', async () => {
  expect(await conditionalLogStore(store).commit(0, commit('a'), 'a')).toEqual({ kind: 'committed' });
  expect(await conditionalLogStore(store).commit(0, commit('b'), 'b')).toEqual({ kind: 'conflict' });
  expect([...store.objects.keys()]).toEqual(['_delta_log/00000000000000000000.json']);
});

test.each(['unknown', 'exists'] as const)('an effect that was answered %s is recognised by its txnId', async (said) => {
  const lossy = answering(async (path, bytes) => {
    await store.putIfAbsent(path, bytes);
    return said;
  });
  expect(await conditionalLogStore(lossy).commit(0, commit('a'), 'a')).toEqual({ kind: 'committed' });
});

test('a put without an effect is asked again', async () => {
  let refusals = 2;
  const busy = answering(async (path, bytes) => (refusals-- > 0 ? 'unknown' : store.putIfAbsent(path, bytes)));
  expect(await conditionalLogStore(busy).commit(0, commit('a'), 'a')).toEqual({ kind: 'committed' });
});

test('without any answer it is retryable', async () => {
  const deaf = answering(async () => 'unknown');
  expect(await conditionalLogStore(deaf).commit(0, commit('a'), 'a')).toEqual({
    kind: 'retryable',
    reason: 'no answer to the put of version 0',
  });
});
