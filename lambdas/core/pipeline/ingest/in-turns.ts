/** Answers for all items in their order, so many of them asked for at one time. */
export async function inTurns<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let first = 0; first < items.length; first += atOnce) {
    for (const answer of await Promise.all(items.slice(first, first + atOnce).map(ask))) answers.push(answer);
  }
  return answers;
}
