const deletedAtOnce = 32;

/** Deletes one by one, a few at the same time, where a store knows no request for many. The first refusal ends it. */
export async function deleteInOrder(
  paths: readonly string[],
  deleteOne: (path: string) => Promise<unknown>,
): Promise<void> {
  for (let first = 0; first < paths.length; first += deletedAtOnce) {
    await Promise.all(
      paths.slice(first, first + deletedAtOnce).map(async (path) => {
        try {
          await deleteOne(path);
        } catch (cause) {
          throw new Error(`${path}: expected it to be deleted, got ${(cause as Error).message}`, { cause });
        }
      }),
    );
  }
}
