/** Work that is to be done in order, and how many bytes its result takes. */
export interface PlannedRead {
  sizeBytes: number;
  read(): Promise<Uint8Array>;
  /** Called with the result once whoever took it asks for the next. */
  done?(bytes: Uint8Array): void;
}

/** Results in order, with later reads under way meanwhile: at most `maxReads` of them, of `maxBytes` in total. */
export async function* readAhead(
  reads: Iterable<PlannedRead>,
  { maxReads, maxBytes }: { maxReads: number; maxBytes: number },
): AsyncGenerator<Uint8Array> {
  const underWay: { planned: PlannedRead; result: Promise<Uint8Array> }[] = [];
  let bytesUnderWay = 0;
  async function* next(): AsyncGenerator<Uint8Array> {
    const { planned, result } = underWay.shift()!;
    const bytes = await result;
    bytesUnderWay -= planned.sizeBytes;
    yield bytes;
    planned.done?.(bytes);
  }
  for (const planned of reads) {
    const { sizeBytes } = planned;
    while (underWay.length > 0 && (underWay.length >= maxReads || bytesUnderWay + sizeBytes > maxBytes)) yield* next();
    const result = planned.read();
    // Whoever comes to it sees the failure; until then it is nobody's.
    result.catch(() => undefined);
    underWay.push({ planned, result });
    bytesUnderWay += sizeBytes;
  }
  while (underWay.length > 0) yield* next();
}
