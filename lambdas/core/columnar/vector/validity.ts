/** Which values of a column are there: Arrow's bitmap, least significant bit first. */
export class Validity {
  #bits = new Uint8Array(128);
  length = 0;
  nullCount = 0;

  append(valid: boolean): void {
    const byte = this.length >> 3;
    if (byte === this.#bits.length) this.#bits = grown(this.#bits, byte * 2);
    if (valid) this.#bits[byte] = (this.#bits[byte] as number) | (1 << (this.length & 7));
    else this.nullCount++;
    this.length++;
  }

  /** Nothing where every value is there. */
  bitmap(): Uint8Array | undefined {
    return this.nullCount === 0 ? undefined : this.#bits.subarray(0, (this.length + 7) >> 3);
  }
}

type Growable = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array | BigInt64Array;

/** The same values in a longer array of the same kind. */
export function grown<T extends Growable>(values: T, length: number): T {
  const longer = new (values.constructor as new (length: number) => T)(length);
  (longer as { set(from: ArrayLike<unknown>): void }).set(values as unknown as ArrayLike<unknown>);
  return longer;
}
