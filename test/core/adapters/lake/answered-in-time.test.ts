import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { azureObjects } from '#adapters/azure/azure-objects.ts';
import { gcsObjectsIn } from '#adapters/gcs/gcs-objects.ts';
import { answeredInTime } from '#adapters/lake/answered-in-time.ts';
import type { LakeObjects } from '#adapters/lake/lake.ts';
import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';

const pathOf = ({ path }: ObjectInfo): string => path;

let server: Server;
let asked: Promise<void>;

/** Takes every request and never answers. */
beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  asked = promise;
  server = createServer(() => resolve());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});

afterEach(async () => {
  vi.useRealTimers();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const lakes: Record<string, (endpoint: string) => LakeObjects> = {
  azure: (endpoint) =>
    azureObjects(
      { kind: 'azure', account: 'lake', container: 'lake', endpoint: `${endpoint}/lake`, secretArn: 'arn' },
      JSON.stringify({ sasToken: 'sv=1&sig=1' }),
    ),
  gcs: (apiEndpoint) =>
    gcsObjectsIn(new Storage({ apiEndpoint, projectId: 'lake', useAuthWithCustomEndpoint: false }).bucket('lake')),
};

for (const [kind, open] of Object.entries(lakes)) {
  const store = () => open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).storeOf('tables/t');

  test(`a conditional put that ${kind} never answers is unknown`, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outcome = store().putIfAbsent('a', new Uint8Array(3));
    await asked;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await outcome).toBe('unknown');
  });

  test(`a question that ${kind} never answers fails`, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = expect(store().head('a')).rejects.toThrow('a: expected an answer of the lake within');
    await asked;
    await vi.advanceTimersByTimeAsync(60_000);
    await answer;
  });
}

test('a list that is passed over for minutes is answered all the while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const paths = Array.from({ length: 20 }, (_, index) => `part-${String(index).padStart(2, '0')}`);
  const slow: Pick<ObjectStore, 'list'> = {
    async *list(_, startAfter = '') {
      for (const path of paths) {
        await new Promise((answered) => setTimeout(answered, 10_000));
        if (path > startAfter) yield { path, sizeBytes: 0, lastModifiedMs: 0, etag: '' };
      }
    },
  };
  const lake: LakeObjects = { storeOf: () => slow as ObjectStore, foldersIn: async () => [] };
  const listed = Array.fromAsync(answeredInTime(lake, { listsWhole: true }).storeOf('').list('', 'part-17'), pathOf);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(await listed).toEqual(['part-18', 'part-19']);
});
