/** Room for the longest payload, decoded. */
export const scratchFor = (base64: readonly string[]): Buffer =>
  Buffer.allocUnsafeSlow(base64.reduce((longest, { length }) => Math.max(longest, length), 0));

/** All payloads as newline-delimited JSON. */
export function newlineDelimited(base64: readonly string[], bytes: number): Buffer {
  const lines = Buffer.allocUnsafeSlow(bytes + base64.length + 4);
  let end = 0;
  for (const payload of base64) {
    end += lines.write(payload, end, 'base64');
    lines[end++] = 0x0a;
  }
  return lines.subarray(0, end);
}
