import { createHash } from 'node:crypto';
import type { DeletionVector } from '#delta/actions.ts';
import type { CheckpointSink, RangedFile, WrittenFile } from '#delta/checkpoint-codec.ts';
import { canonicalText, Fingerprint } from '#delta/fingerprint.ts';
import { fileKey } from '#delta/snapshot.ts';
import type { ActionObject, EncodedActions } from './action-columns.ts';
import { columnsOf, shapeOf } from './parquet-columns.ts';
import type { FileMetaData } from './parquet-thrift.ts';
import { RowGroupLayout } from './row-group-layout.ts';
import { verifyCheckpoint, type WrittenGroup } from './verify-checkpoint.ts';

const createdBy = 'alluvium';

/** Lays row groups out and notes what they hold. */
export class CheckpointWriter {
  readonly #layout: RowGroupLayout;
  readonly #sink: CheckpointSink;
  readonly #groups: WrittenGroup[] = [];
  readonly #files = new Fingerprint();
  readonly shape: string;

  constructor(footer: FileMetaData, sink: CheckpointSink) {
    this.#layout = new RowGroupLayout(columnsOf(footer));
    this.shape = shapeOf(footer);
    this.#sink = sink;
  }

  begin(): Promise<void> {
    return this.#sink.write(this.#layout.head);
  }

  noteFile(key: string): void {
    this.#files.add(key);
  }

  /** Puts a row group of new pages. */
  async write({ bytes, footer }: EncodedActions, actions: readonly ActionObject[]): Promise<void> {
    const held = new Fingerprint();
    for (const action of actions) {
      held.add(canonicalText(action));
      if ('add' in action) this.noteFile(fileKey(action.add as { path: string; deletionVector?: DeletionVector }));
    }
    await this.#lay(footer, 'encoded actions', async (start, end) => bytes.subarray(start, end), held.toString());
  }

  /** Puts a row group of another file as it is. */
  copy(footer: FileMetaData, file: RangedFile): Promise<void> {
    return this.#lay(footer, file.path, file.readRange, undefined);
  }

  async #lay(footer: FileMetaData, path: string, read: RangedFile['readRange'], actions: string | undefined) {
    const hash = createHash('md5');
    for (const piece of this.#layout.add(path, footer)) {
      const bytes = 'bytes' in piece ? piece.bytes : await read(piece.start, piece.end);
      hash.update(bytes);
      await this.#sink.write(bytes);
    }
    this.#groups.push({ md5: hash.digest('hex'), actions });
  }

  async end(): Promise<WrittenFile> {
    const start = this.#layout.sizeBytes;
    const footer = this.#layout.footer(createdBy, []);
    await this.#sink.write(footer);
    const tail = { start, md5: createHash('md5').update(footer).digest('hex') };
    const written = {
      sizeBytes: this.#layout.sizeBytes + footer.length,
      actions: this.#layout.rows,
      addFiles: this.#files.count,
      fingerprint: this.#files.toString(),
    };
    return { ...written, verify: (file) => verifyCheckpoint(file, written, this.#groups, tail) };
  }
}
