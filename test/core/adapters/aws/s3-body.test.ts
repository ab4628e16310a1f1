import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { afterEach, expect, test, vi } from 'vitest';
import { bytesOf } from '#adapters/aws/s3-body.ts';

const answer = (chunks: readonly Uint8Array[], ContentLength: number) =>
  ({ Body: Readable.from(chunks), ContentLength }) as unknown as GetObjectCommandOutput;

afterEach(() => vi.unstubAllGlobals());

test('a body is its chunks one after another, in memory of its own', async () => {
  const chunk = new Uint8Array([1, 2]);
  const bytes = await bytesOf(answer([chunk, new Uint8Array([3])], 3));
  expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
  expect(bytes.buffer.byteLength).toBe(3);
});

test('an empty body is no bytes', async () => {
  expect(await bytesOf(answer([], 0))).toEqual(new Uint8Array());
});

test('a body that ends early is an error that tells both lengths', async () => {
  await expect(bytesOf(answer([new Uint8Array(2)], 3))).rejects.toThrow('expected a body of 3 bytes, got 2');
});

test('the young generation is collected at every two mebibytes read, where that is allowed', async () => {
  const collect = vi.fn();
  vi.stubGlobal('gc', collect);
  const chunks = Array.from({ length: 9 }, () => new Uint8Array(1024 * 1024));
  await bytesOf(answer(chunks, 9 * 1024 * 1024));
  expect(collect).toHaveBeenCalledTimes(4);
  expect(collect).toHaveBeenCalledWith({ type: 'minor' });
});
