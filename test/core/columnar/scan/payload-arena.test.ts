import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('payloads of an event', () => {
  test('are decoded into the kernel’s memory, with a line break behind each', () => {
    const kernel = loadKernel();
    const arena = new PayloadArena(kernel);
    const texts = ['{"a":1}', '', 'héllo', '{}'];
    const views = texts.map((one) => arena.place(base64(one)).bytes);
    expect(views.map(text)).toEqual(texts);
    for (const view of views) {
      expect(view.buffer).toBe(kernel.bytes.buffer);
      expect(kernel.bytes[view.byteOffset + view.length]).toBe(0x0a);
    }
  });

  test('are read as Buffer reads base64, whatever is in it', () => {
    const arena = new PayloadArena(loadKernel());
    for (const written of ['aGk', 'aGk=', 'a-_b', 'a', '=', 'aG k=', 'aGk=aGk=', '\u{1f600}aGk=']) {
      expect(Buffer.from(arena.place(written).bytes)).toEqual(Buffer.from(written, 'base64'));
    }
  });

  test('outgrow a block, and keep what was before', () => {
    const kernel = loadKernel();
    const arena = new PayloadArena(kernel);
    const long = 'x'.repeat(3_000_000);
    const views = [arena.add(Buffer.from('first')), arena.place(base64(long)).bytes, arena.place(base64('last')).bytes];
    kernel.allocate(64);
    views.push(arena.add(Buffer.from(long)), arena.add(Buffer.from('very last')));
    expect(views.map(text)).toEqual(['first', long, 'last', long, 'very last']);
  });

  test('are broken apart by the gap where one ends in half a character', () => {
    const kernel = loadKernel();
    const arena = new PayloadArena(kernel);
    const first = arena.add(Uint8Array.of(0xc3));
    const second = arena.add(Uint8Array.of(0xa9));
    const all = kernel.bytes.subarray(first.byteOffset, second.byteOffset + second.length);
    expect(isUtf8(all)).toBe(false);
  });

  test('make room for those of the next event', () => {
    const kernel = loadKernel();
    const arena = new PayloadArena(kernel);
    const first = arena.place(base64('one')).bytes;
    kernel.allocate(1000);
    arena.reset();
    expect(arena.place(base64('two')).bytes.byteOffset).toBe(first.byteOffset);
  });
});
