import type { Bounds, ColumnValue } from './column.ts';
import { ColumnBase } from './column-base.ts';
import { greatestStringBound, leastStringBound, precedes } from './string-bounds.ts';
import { grown } from './validity.ts';
import type { Vector } from './vector.ts';

const utf8 = new TextEncoder();
const shortText = 64;
const surrogates = /[\ud800-\udfff]/;

/** Values of any length, one after another, with the offsets between them. */
class VarBytes {
  bytes = new Uint8Array(16 * 1024);
  offsets = new Int32Array(1024);
  end = 0;

  /** At least `length` free bytes at `end`. */
  reserve(length: number): void {
    const needed = this.end + length;
    if (needed > this.bytes.length) this.bytes = grown(this.bytes, Math.max(needed, this.bytes.length * 2));
  }

  /** Appends a text as UTF-8; answers its bytes. Short texts are mostly ASCII, and quicker to copy than to hand over. */
  write(text: string): number {
    const { length } = text;
    this.reserve(length * 3);
    const { bytes, end } = this;
    let index = 0;
    if (length <= shortText) {
      for (; index < length; index++) {
        const code = text.charCodeAt(index);
        if (code > 0x7f) break;
        bytes[end + index] = code;
      }
    }
    const written = index === length ? length : utf8.encodeInto(text, bytes.subarray(end)).written;
    this.end += written;
    return written;
  }

  /** Notes that value number `index` ends here. */
  close(index: number): void {
    if (index + 1 >= this.offsets.length) this.offsets = grown(this.offsets, this.offsets.length * 2);
    this.offsets[index + 1] = this.end;
  }

  /** The first `count` values. */
  slices(count: number): { bytes: Uint8Array; starts: Int32Array; ends: Int32Array } {
    return {
      bytes: this.bytes.subarray(0, this.end),
      starts: this.offsets.subarray(0, count),
      ends: this.offsets.subarray(1, count + 1),
    };
  }
}

/** string, as UTF-8. */
export class StringColumn extends ColumnBase {
  readonly #values = new VarBytes();
  #min: string | undefined;
  #max: string | undefined;
  /** Some value has characters beyond the BMP: only then does the order of UTF-16 units differ from that of UTF-8 bytes. */
  #surrogates = false;

  override append(value: ColumnValue): void {
    const index = this.validity.length;
    this.validity.append(value !== null);
    if (value !== null) {
      const text = value as string;
      const written = this.#values.write(text);
      if (written !== text.length && !this.#surrogates) this.#surrogates = surrogates.test(text);
      if (this.#min === undefined || this.#precedes(text, this.#min)) this.#min = text;
      if (this.#max === undefined || this.#precedes(this.#max, text)) this.#max = text;
    }
    this.#values.close(index);
  }

  #precedes(left: string, right: string): boolean {
    return this.#surrogates ? precedes(left, right) : left < right;
  }

  override vector(): Vector {
    return { ...this.presence(), kind: 'bytes', ...this.#values.slices(this.length) };
  }

  override bounds(): Bounds | undefined {
    if (this.#min === undefined || this.#max === undefined) return undefined;
    const max = greatestStringBound(this.#max);
    return {
      min: JSON.stringify(leastStringBound(this.#min)),
      ...(max === undefined ? {} : { max: JSON.stringify(max) }),
    };
  }
}

/** binary: no bounds in Delta. */
export class BinaryColumn extends ColumnBase {
  readonly #values = new VarBytes();

  override append(value: ColumnValue): void {
    const index = this.validity.length;
    this.validity.append(value !== null);
    if (value !== null) {
      const bytes = value as Uint8Array;
      this.#values.reserve(bytes.length);
      this.#values.bytes.set(bytes, this.#values.end);
      this.#values.end += bytes.length;
    }
    this.#values.close(index);
  }

  override vector(): Vector {
    return { ...this.presence(), kind: 'bytes', ...this.#values.slices(this.length) };
  }
}
