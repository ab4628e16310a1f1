import type { Cursor, CursorMove, Ledger } from '../ledger/ledger.ts';

/**
 * Cursors as this process moved them last, by source partition. While one is as it was left, no other process has tried a batch
 * beyond it and died, and this one lives: so the next attempt need not be counted before it is made. If it dies, what is kept
 * here dies with it, and every further attempt is counted: poison dies once more, and no healthy batch writes twice.
 */
export class AcceptedCursors {
  readonly #revisions = new Map<string, number>();

  /** The cursor as it is now, where it is as this process left it and nobody counts attempts at it. */
  async unchanged(sourcePartition: string, ledger: Ledger): Promise<Cursor | undefined> {
    const revision = this.#revisions.get(sourcePartition);
    if (revision === undefined) return undefined;
    const cursor = await ledger.readCursor(sourcePartition);
    return cursor?.revision === revision && cursor.attempts === 0 ? cursor : undefined;
  }

  keep({ sourcePartition, expectedRevision }: CursorMove): void {
    this.#revisions.set(sourcePartition, expectedRevision + 1);
  }

  /** What comes next may be what others died of. */
  forget(sourcePartition: string): void {
    this.#revisions.delete(sourcePartition);
  }
}
