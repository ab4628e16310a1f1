import type { FileAction } from '#delta/checkpoint-codec.ts';
import { asCheckpointed } from '#delta/checkpoint-plan.ts';
import type { StructField } from '#delta/schema.ts';
import { ActionColumns, type ActionObject } from './action-columns.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';

/** Files of so many row groups are sorted by their partition at a time. */
const sortedGroups = 2;

/** Actions of one kind on their way into row groups. */
export class FileGroups {
  readonly #writer: CheckpointWriter;
  readonly #fields: readonly StructField[];
  readonly #groupRows: number;
  #pending: { sortKey: string; action: ActionObject }[] = [];

  constructor(writer: CheckpointWriter, kind: 'add' | 'remove', fields: readonly StructField[], groupRows: number) {
    this.#writer = writer;
    this.#groupRows = groupRows;
    this.#fields = fields.filter(({ name }) => name === kind);
  }

  async append(action: FileAction): Promise<void> {
    const { path, partitionValues = {} } = 'add' in action ? action.add : action.remove;
    const sortKey = `${Object.values(partitionValues).join('\n')}\n${path}`;
    this.#pending.push({ sortKey, action: asCheckpointed(action) as unknown as ActionObject });
    if (this.#pending.length === sortedGroups * this.#groupRows) await this.end();
  }

  /** Writes what is pending, files of a partition beside each other. */
  async end(): Promise<void> {
    const sorted = this.#pending.sort((left, right) => (left.sortKey < right.sortKey ? -1 : 1));
    this.#pending = [];
    for (let start = 0; start < sorted.length; start += this.#groupRows) {
      const actions = sorted.slice(start, start + this.#groupRows).map(({ action }) => action);
      const columns = new ActionColumns(this.#fields);
      for (const action of actions) columns.append(action);
      await this.#writer.write(await columns.encode(), actions);
    }
  }
}
