import { parquetSchema, type SchemaTree } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { int64Fields, toAction } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import type { ActionKind, CheckpointCodec, Sidecar } from '#delta/checkpoint-codec.ts';
import { CorruptLog } from '#delta/errors.ts';
import { checkpointColumns, checkpointSchema, toCheckpointRow } from './checkpoint-schema.ts';
import { exactParsers, withRawDecimals } from './exact-values.ts';
import { statsText } from './parsed-stats.ts';
import { openParquet, type ParquetFile, parquetRows } from './read-parquet.ts';

type Fields = Record<string, unknown>;

const rowsPerGroup = 100_000;

/** Checkpoints by hyparquet and hyparquet-writer. */
export const checkpointCodec: CheckpointCodec = {
  async *read(file, kinds) {
    const parquet = await open(file);
    const tree = parquetSchema(parquet.metadata);
    const present = new Set(tree.children.map(({ element }) => element.name));
    const columns = [...kinds, 'sidecar'].filter((column) => present.has(column));
    if (columns.length === 0) return;
    const statsTree = columnTree(tree, ['add', 'stats_parsed']);
    const exact = { ...parquet, metadata: withRawDecimals(parquet.metadata) };
    for await (const row of parquetRows(exact, columns, exactParsers, true)) {
      const column = columns.find((name) => row[name] !== null && row[name] !== undefined);
      if (column === undefined) continue;
      const fields = toFields(row[column] as Fields);
      if (column === 'sidecar') yield { sidecar: fields as unknown as Sidecar };
      else {
        const action = toAction({ [column]: withStats(fields, statsTree) }, file.path);
        if (action !== undefined) yield action;
      }
    }
  },

  async write(actions) {
    const rows = [...actions].map(rowOf);
    const columnData = checkpointColumns.map((name) => ({
      name,
      data: rows.map(({ kind, fields }) => (kind === name ? toCheckpointRow(name, fields) : null)),
    }));
    const buffer = parquetWriteBuffer({ columnData, schema: checkpointSchema, rowGroupSize: rowsPerGroup });
    return new Uint8Array(buffer);
  },
};

async function open(file: Parameters<CheckpointCodec['read']>[0]): Promise<ParquetFile> {
  try {
    return await openParquet(file);
  } catch (cause) {
    if (cause instanceof CorruptLog) throw cause;
    throw new CorruptLog(`${file.path}: expected a checkpoint in Parquet`, { cause });
  }
}

function rowOf(action: Action): { kind: ActionKind; fields: object } {
  const [entry] = Object.entries(action);
  return { kind: entry![0] as ActionKind, fields: entry![1] as object };
}

function columnTree(tree: SchemaTree, path: readonly string[]): SchemaTree | undefined {
  let node: SchemaTree | undefined = tree;
  for (const name of path) node = node?.children.find(({ element }) => element.name === name);
  return node;
}

/** Fields as JSON has them: numbers but for int64 fields, absent instead of null. */
function toFields(group: Fields): Fields {
  const fields: Fields = {};
  for (const [key, value] of Object.entries(group)) {
    if (value === null || value === undefined) continue;
    if (int64Fields.has(key)) fields[key] = BigInt(value as number | bigint);
    else if (typeof value === 'bigint') fields[key] = Number(value);
    else if (key === 'deletionVector') fields[key] = toFields(value as Fields);
    else if (key === 'format') fields[key] = { options: {}, ...toFields(value as Fields) };
    else fields[key] = value;
  }
  return fields;
}

/** Statistics in struct form become text; the other struct forms are copies of what the action says anyway. */
function withStats(fields: Fields, statsTree: SchemaTree | undefined): Fields {
  const { stats_parsed: parsed, partitionValues_parsed: _, ...rest } = fields;
  if (rest.stats !== undefined || parsed === undefined || statsTree === undefined) return rest;
  return { ...rest, stats: statsText(parsed as object, statsTree) };
}
