/** Sequence numbers within one instant of a stream. */
const perInstant = 1_000_000;
/** So long may records of a transaction stay hidden. */
const revealAfterMs = 10;

/**
 * The order in which changes appear in streams: records of one transaction come an instant after another, and what others change
 * meanwhile comes between them, as on DynamoDB; changes of one item keep their order. An instant passes with each
 * request, or all at once when there is none for a while.
 * @param lastSequence the greatest sequence number given out so far
 * @param reveal called when records appear that no request has revealed
 */
export function streamOrder(lastSequence: number, reveal: () => void) {
  /** What belongs to this instant, or an earlier one, can be read. */
  let instant = Math.floor(lastSequence / perInstant);
  let latest = instant;
  let changesOfRequest = 0;
  /** Of the instants to come. */
  const usedOf = new Map<number, number>();
  const instantOfItem = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function moveTo(next: number): void {
    instant = next;
    if (instant < latest) return;
    usedOf.clear();
    instantOfItem.clear();
  }

  return {
    /** The sequence number of the request's next change, which is one of this item. */
    next(item: string): number {
      const own = Math.max(instant + 1 + changesOfRequest, instantOfItem.get(item) ?? 0);
      changesOfRequest++;
      const used = usedOf.get(own) ?? 0;
      usedOf.set(own, used + 1);
      instantOfItem.set(item, own);
      latest = Math.max(latest, own);
      return own * perInstant + used;
    },
    /** The greatest sequence number that can be read. */
    readable: (): number => (instant + 1) * perInstant - 1,
    /** A request is over: its first change can be read, and one more of each before it. */
    endRequest(): void {
      changesOfRequest = 0;
      if (latest > instant) moveTo(instant + 1);
      if (latest <= instant || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        moveTo(latest);
        reveal();
      }, revealAfterMs);
      timer.unref();
    },
  };
}
