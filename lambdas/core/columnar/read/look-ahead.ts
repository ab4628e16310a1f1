/** Results in the order of their items, up to `count` of them begun before they are asked for. A failure is told in its turn. */
export async function* lookAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  count: number,
  begin: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  for await (const item of items) {
    const result = begin(item);
    result.catch(() => undefined);
    begun.push(result);
    if (begun.length > count) yield await begun.shift()!;
  }
  for (const result of begun) yield await result;
}
