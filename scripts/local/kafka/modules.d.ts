declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** Signed 32-bit CRC-32C (Castagnoli) of bytes. */
    buf(data: Uint8Array, seed?: number): number;
  };
  export default crc32c;
}

declare module 'lz4js' {
  const lz4: {
    /** Content of an LZ4 frame. */
    decompress(frame: Uint8Array, maxBytes?: number): Uint8Array;
    /** An LZ4 frame of the content. */
    compress(content: Uint8Array): Uint8Array;
  };
  export default lz4;
}
