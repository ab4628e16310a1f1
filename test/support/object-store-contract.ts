import { beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '#delta/object-store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value));

/** The guarantees of the port, for any implementation; `create` answers an empty store. */
export function objectStoreContract(name: string, create: () => Promise<ObjectStore>): void {
  describe(`${name} keeps the guarantees of an object store`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await create();
    });

    const paths = async (prefix: string, startAfter?: string) => {
      const found: string[] = [];
      for await (const { path } of store.list(prefix, startAfter)) found.push(path);
      return found;
    };

    test('what was put is read, whole and by ranges', async () => {
      await store.put('a/b.txt', bytes('0123456789'));
      expect(text((await store.read('a/b.txt'))?.bytes)).toBe('0123456789');
      expect(text(await store.readRange('a/b.txt', 2, 5))).toBe('234');
      expect(text(await store.readRange('a/b.txt', 7))).toBe('789');
      expect(text(await store.readRange('a/b.txt', -3))).toBe('789');
      expect(text(await store.readRange('a/b.txt', 8, 100))).toBe('89');
    });

    test('absence is a value', async () => {
      expect(await store.read('absent')).toBeUndefined();
      expect(await store.readRange('absent', 0, 1)).toBeUndefined();
      expect(await store.head('absent')).toBeUndefined();
      expect(await paths('absent/')).toEqual([]);
      await store.delete('absent');
    });

    test('head, read and list say the same of an object', async () => {
      await store.put('_delta_log/x.json', bytes('{}'));
      const { bytes: _, ...read } = (await store.read('_delta_log/x.json'))!;
      expect(await store.head('_delta_log/x.json')).toEqual(read);
      expect(read).toMatchObject({ path: '_delta_log/x.json', sizeBytes: 2 });
      expect(read.etag).not.toBe('');
      for await (const info of store.list('_delta_log/')) {
        expect({ ...info, lastModifiedMs: 0 }).toEqual({ ...read, lastModifiedMs: 0 });
      }
    });

    test('of racing conditional puts exactly one creates', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => ({
          writer,
          outcome: await store.putIfAbsent('race', bytes(String(writer))),
        })),
      );
      const winners = outcomes.filter(({ outcome }) => outcome === 'created');
      expect(winners).toHaveLength(1);
      expect(text((await store.read('race'))?.bytes)).toBe(String(winners[0]!.writer));
    });

    test('a conditional put leaves alone what is there', async () => {
      await store.put('x', bytes('first'));
      expect(await store.putIfAbsent('x', bytes('second'))).toBe('exists');
      expect(text((await store.read('x'))?.bytes)).toBe('first');
    });

    test('a plain put replaces, under another etag', async () => {
      await store.put('x', bytes('first'));
      const before = await store.head('x');
      await store.put('x', bytes('other'));
      expect(text((await store.read('x'))?.bytes)).toBe('other');
      expect((await store.head('x'))?.etag).not.toBe(before?.etag);
    });

    test('a list is in the order of UTF-8 bytes, by prefix, after a path', async () => {
      const names = ['_delta_log/.tmp/1', '_delta_log/1', '_delta_log/2', '_delta_log/_last', 'p=\uff5e/x', 'p=😀/x'];
      for (const path of [...names].reverse()) await store.put(path, bytes(path));
      expect(await paths('')).toEqual(names);
      expect(await paths('_delta_log/')).toEqual(names.slice(0, 4));
      expect(await paths('_delta_log/', '_delta_log/1')).toEqual(['_delta_log/2', '_delta_log/_last']);
      expect(await paths('_delta_log/', '_delta_log/0')).toEqual(['_delta_log/1', '_delta_log/2', '_delta_log/_last']);
    });

    test('names keep spaces, percent signs and plus signs', async () => {
      const path = 'x=A%2FA/a b+c.parquet';
      await store.put(path, bytes('x'));
      expect(await paths('x=A')).toEqual([path]);
      expect(text((await store.read(path))?.bytes)).toBe('x');
    });

    test('many are deleted at once, absent ones and awkward names among them', async () => {
      const names = Array.from({ length: 1100 }, (_, index) => `day=1/x ${index}+&%2F<é>.parquet`);
      for (const name of names.slice(-3)) await store.put(name, bytes('x'));
      await store.put('day=1/y', bytes('y'));
      await store.deleteAll(names);
      await store.deleteAll([]);
      expect(await paths('')).toEqual(['day=1/y']);
    });

    test('what was deleted is absent', async () => {
      await store.put('x', bytes('x'));
      await store.delete('x');
      expect(await store.head('x')).toBeUndefined();
      expect(await store.putIfAbsent('x', bytes('y'))).toBe('created');
    });

    test.each([
      ['small', 1],
      ['of many parts', 45],
    ])('an upload that is %s appears whole, once it is complete', async (_, pieces) => {
      const upload = await store.openUpload('big/x.parquet');
      const piece = (index: number) => new Uint8Array(400_000).fill(index + 1);
      for (let index = 0; index < pieces; index++) await upload.write(piece(index));
      expect(await store.head('big/x.parquet')).toBeUndefined();
      expect(await paths('big/')).toEqual([]);
      const info = await upload.complete();
      expect(info).toMatchObject({ path: 'big/x.parquet', sizeBytes: pieces * 400_000 });
      expect(await store.head('big/x.parquet')).toEqual(info);
      const { bytes: found } = (await store.read('big/x.parquet'))!;
      const expected = Buffer.concat(Array.from({ length: pieces }, (_, index) => piece(index)));
      expect(Buffer.compare(found, expected)).toBe(0);
      await upload.abort();
      expect(await store.head('big/x.parquet')).toEqual(info);
    });

    test('what was written to an upload, and what was read, may change afterwards', async () => {
      const upload = await store.openUpload('x');
      const bytes = new Uint8Array(10).fill(7);
      await upload.write(bytes);
      bytes.fill(8);
      await upload.complete();
      (await store.readRange('x', 0, 10))!.fill(9);
      expect((await store.read('x'))?.bytes).toEqual(new Uint8Array(10).fill(7));
    });

    test('an upload of nothing is an empty object', async () => {
      const upload = await store.openUpload('x');
      expect(await upload.complete()).toMatchObject({ sizeBytes: 0 });
    });

    test('an aborted upload leaves nothing', async () => {
      for (const size of [10, 9 * 1024 * 1024]) {
        const upload = await store.openUpload('x');
        await upload.write(new Uint8Array(size));
        await upload.abort();
        await upload.abort();
      }
      expect(await paths('')).toEqual([]);
    });

    test.each([10, 9 * 1024 * 1024])('an upload of %i bytes leaves alone what is there, if so asked', async (size) => {
      const [first, second] = [await store.openUpload('x'), await store.openUpload('x')];
      await first.write(new Uint8Array(size).fill(1));
      await second.write(new Uint8Array(size).fill(2));
      expect(await first.completeIfAbsent()).toBe('created');
      expect(await second.completeIfAbsent()).toBe('exists');
      await second.abort();
      expect((await store.read('x'))?.bytes[0]).toBe(1);
      expect(await paths('')).toEqual(['x']);
    });
  });
}
