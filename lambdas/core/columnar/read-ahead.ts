/** Work that is to be done in order, and how many bytes its result takes. */
export interface PlannedRead {
  sizeBytes: number;
  read(): Promise<Uint8Array>;
}

/** Results in order, with later reads under way meanwhile: at most `maxReads` of them, of `maxBytes` in total. */
export async function* readAhead(
  reads: Iterable<PlannedRead>,
  { maxReads, maxBytes }: { maxReads: number; maxBytes: number },
): AsyncGenerator<Uint8Array> {
  const underWay: { sizeBytes: number; result: Promise<Uint8Array> }[] = [];
  let bytesUnderWay = 0;
  const next = async (): Promise<Uint8Array> => {
    const { sizeBytes, result } = underWay.shift()!;
    const bytes = await result;
    bytesUnderWay -= sizeBytes;
    return bytes;
  };
  for (const { sizeBytes, read } of reads) {
    while (underWay.length > 0 && (underWay.length >= maxReads || bytesUnderWay + sizeBytes > maxBytes))
      yield await next();
    const result = read();
    // Whoever comes to it sees the failure; until then it is nobody's.
    result.catch(() => undefined);
    underWay.push({ sizeBytes, result });
    bytesUnderWay += sizeBytes;
  }
  while (underWay.length > 0) yield await next();
}
