import { createHash } from 'node:crypto';
import type { Action, DeletionVector } from '#delta/actions.ts';
import type { CheckpointSink, RangedFile, WrittenFile } from '#delta/checkpoint-codec.ts';
import { canonicalText, Fingerprint } from '#delta/fingerprint.ts';
import { fileKey } from '#delta/snapshot.ts';
import { type LayoutSource, RowGroupLayout } from '../copy/row-group-layout.ts';
import { createdBy } from '../encode/created-by.ts';
import { type ParquetColumn, shapeOf } from '../footer/parquet-columns.ts';
import type { ActionObject, EncodedActions } from './action-columns.ts';
import { type CheckpointForm, spelled } from './checkpoint-form.ts';
import { verifyCheckpoint, type WrittenGroup } from './verify-checkpoint.ts';

/** Lays row groups out and notes what they hold. */
export class CheckpointWriter {
  readonly #layout: RowGroupLayout;
  readonly #form: CheckpointForm;
  readonly #sink: CheckpointSink;
  readonly #groups: WrittenGroup[] = [];
  readonly #files = new Fingerprint();
  readonly shape: string;

  constructor(columns: readonly ParquetColumn[], form: CheckpointForm, sink: CheckpointSink) {
    this.#layout = new RowGroupLayout(columns);
    this.shape = shapeOf(columns);
    this.#form = form;
    this.#sink = sink;
  }

  begin(): Promise<void> {
    return this.#sink.write(this.#layout.head);
  }

  noteFile(key: string): void {
    this.#files.add(key);
  }

  /** Puts a row group of new pages. */
  async write({ bytes, footer, columns }: EncodedActions, actions: readonly ActionObject[]): Promise<void> {
    const { statistics, readBack } = this.#form;
    const held = new Fingerprint();
    const structs = new Fingerprint();
    for (const action of actions) {
      held.add(canonicalText(readBack(action as unknown as Action)));
      if (!('add' in action)) continue;
      const add = action.add as { path: string; deletionVector?: DeletionVector; stats?: string };
      this.noteFile(fileKey(add));
      if (statistics !== undefined) structs.add(`${add.path} ${spelled(statistics(add.stats))}`);
    }
    const source = { path: 'encoded actions', footer, columns, groups: footer.groups };
    const written = {
      actions: held.toString(),
      ...(statistics === undefined ? {} : { statistics: structs.toString() }),
    };
    await this.#lay(source, async (start, end) => bytes.subarray(start, end), written);
  }

  /** Puts a row group of another file as it is. */
  copy(source: LayoutSource, file: RangedFile): Promise<void> {
    return this.#lay(source, file.readRange, {});
  }

  async #lay(source: LayoutSource, read: RangedFile['readRange'], written: Omit<WrittenGroup, 'md5'>) {
    const hash = createHash('md5');
    for (const piece of this.#layout.add(source)) {
      const bytes = 'bytes' in piece ? piece.bytes : await read(piece.start, piece.end);
      hash.update(bytes);
      await this.#sink.write(bytes);
    }
    this.#groups.push({ md5: hash.digest('hex'), ...written });
  }

  async end(): Promise<WrittenFile> {
    const start = this.#layout.sizeBytes;
    const hash = createHash('md5');
    let sizeBytes = start;
    for (const bytes of this.#layout.end(createdBy, [])) {
      hash.update(bytes);
      sizeBytes += bytes.length;
      await this.#sink.write(bytes);
    }
    const tail = { start, md5: hash.digest('hex') };
    const written = {
      sizeBytes,
      actions: this.#layout.rows,
      addFiles: this.#files.count,
      fingerprint: this.#files.toString(),
    };
    return { ...written, verify: (file) => verifyCheckpoint(file, written, this.#groups, tail, this.#form) };
  }
}
