import type { Action, AddFile, RemoveFile } from './actions.ts';
import { fileKey } from './snapshot.ts';

/** What became of the logical files that commits after a checkpoint name: the last action on each wins. */
export class FileChanges {
  readonly #added = new Map<string, AddFile>();
  readonly #removed = new Map<string, RemoveFile>();

  apply(action: Action): void {
    if ('add' in action) {
      const key = fileKey(action.add);
      this.#removed.delete(key);
      this.#added.set(key, action.add);
    } else if ('remove' in action) {
      const key = fileKey(action.remove);
      this.#added.delete(key);
      this.#removed.set(key, action.remove);
    }
  }

  /** Whether commits say what became of a file, whatever the checkpoint says. */
  has(file: Pick<AddFile, 'path' | 'deletionVector'>): boolean {
    const key = fileKey(file);
    return this.#added.has(key) || this.#removed.has(key);
  }

  get added(): Iterable<AddFile> {
    return this.#added.values();
  }

  get removed(): Iterable<RemoveFile> {
    return this.#removed.values();
  }
}
