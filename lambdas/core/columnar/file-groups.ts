import type { FileAction } from '#delta/checkpoint-codec.ts';
import { asCheckpointed } from '#delta/checkpoint-plan.ts';
import type { StructField } from '#delta/schema.ts';
import { ActionColumns, type ActionObject } from './action-columns.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';

/** Row groups of files: large enough for footers to stay small, small enough for few of them to matter to a scan. */
export const rowsPerGroup = 32_768;
/** Files are sorted by their partition this many at a time. */
const sortedRows = 2 * rowsPerGroup;

/** Actions of one kind on their way into row groups. */
export class FileGroups {
  readonly #writer: CheckpointWriter;
  readonly #fields: readonly StructField[];
  #pending: { sortKey: string; action: ActionObject }[] = [];

  constructor(writer: CheckpointWriter, kind: 'add' | 'remove', fields: readonly StructField[]) {
    this.#writer = writer;
    this.#fields = fields.filter(({ name }) => name === kind);
  }

  async append(action: FileAction): Promise<void> {
    const { path, partitionValues = {} } = 'add' in action ? action.add : action.remove;
    const sortKey = `${Object.values(partitionValues).join('\n')}\n${path}`;
    this.#pending.push({ sortKey, action: asCheckpointed(action) as unknown as ActionObject });
    if (this.#pending.length === sortedRows) await this.end();
  }

  /** Writes what is pending, files of a partition beside each other. */
  async end(): Promise<void> {
    const sorted = this.#pending.sort((left, right) => (left.sortKey < right.sortKey ? -1 : 1));
    this.#pending = [];
    for (let start = 0; start < sorted.length; start += rowsPerGroup) {
      const actions = sorted.slice(start, start + rowsPerGroup).map(({ action }) => action);
      const columns = new ActionColumns(this.#fields);
      for (const action of actions) columns.append(action);
      await this.#writer.write(await columns.encode(), actions);
    }
  }
}
