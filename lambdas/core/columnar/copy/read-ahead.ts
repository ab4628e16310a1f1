/** Work that is to be done in order, and how many bytes its result takes. */
export interface PlannedRead<Result> {
  sizeBytes: number;
  read(): Promise<Result>;
  /** Called with the result once whoever took it asks for the next. */
  done?(result: Result): void;
}

/** Results in order, with later reads under way meanwhile: at most `maxReads` of them, of `maxBytes` in total. */
export async function* readAhead<Result>(
  reads: Iterable<PlannedRead<Result>> | AsyncIterable<PlannedRead<Result>>,
  { maxReads, maxBytes }: { maxReads: number; maxBytes: number },
): AsyncGenerator<Result> {
  const underWay: { planned: PlannedRead<Result>; result: Promise<Result> }[] = [];
  let bytesUnderWay = 0;
  const isFull = (sizeBytes: number) => underWay.length >= maxReads || bytesUnderWay + sizeBytes > maxBytes;
  async function first(): Promise<{ planned: PlannedRead<Result>; found: Result }> {
    const { planned, result } = underWay.shift()!;
    const found = await result;
    bytesUnderWay -= planned.sizeBytes;
    return { planned, found };
  }
  for await (const planned of reads) {
    while (underWay.length > 0 && isFull(planned.sizeBytes)) {
      const { planned: read, found } = await first();
      yield found;
      read.done?.(found);
    }
    const result = planned.read();
    // Whoever comes to it sees the failure; until then it is nobody's.
    result.catch(() => undefined);
    underWay.push({ planned, result });
    bytesUnderWay += planned.sizeBytes;
  }
  while (underWay.length > 0) {
    const { planned: read, found } = await first();
    yield found;
    read.done?.(found);
  }
}
