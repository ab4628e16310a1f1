import type { Action } from './actions.ts';
import { CorruptLog } from './errors.ts';
import { parseWithBigInts, stringifyWithBigInts } from './exact-json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Action fields that hold any int64; everything else fits a double. */
export const int64Fields: ReadonlySet<string> = new Set(['version', 'baseRowId', 'defaultRowCommitVersion']);

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields that are null are absent; partition values inside may be null and stay so. */
function withoutNulls(fields: Json): Json {
  const kept: Json = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) continue;
    kept[key] = key === 'deletionVector' && isObject(value) ? withoutNulls(value) : value;
  }
  return kept;
}

const defaults: Record<string, Json> = {
  add: { partitionValues: {}, dataChange: true },
  remove: { dataChange: true },
  metaData: { configuration: {}, partitionColumns: [] },
  domainMetadata: { removed: false },
  commitInfo: {},
  protocol: {},
  txn: {},
};

const requiredFields: Record<string, Record<string, string>> = {
  add: { path: 'string', size: 'number', modificationTime: 'number' },
  remove: { path: 'string' },
  metaData: { id: 'string' },
  domainMetadata: { domain: 'string', configuration: 'string' },
  commitInfo: {},
  protocol: { minReaderVersion: 'number', minWriterVersion: 'number' },
  txn: { appId: 'string', version: 'bigint' },
};

/** Fields that are lists of texts, where they are there. */
const listFields: Record<string, readonly string[]> = {
  protocol: ['readerFeatures', 'writerFeatures'],
  metaData: ['partitionColumns'],
};

const vectorFields = { storageType: 'string', pathOrInlineDv: 'string', sizeInBytes: 'number', cardinality: 'number' };

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((element) => typeof element === 'string');

/**
 * The action that one parsed object holds, as JSON or a checkpoint's row; `undefined` for actions that readers ignore.
 *
 * @throws {CorruptLog} when a required field is absent or of another type.
 */
export function toAction(object: Json, where: string): Action | undefined {
  for (const [kind, fieldTypes] of Object.entries(requiredFields)) {
    const fields = object[kind];
    if (!isObject(fields)) continue;
    const action = { ...defaults[kind], ...withoutNulls(fields) } as Json;
    if (kind === 'metaData' && isObject(action.format)) action.format = { options: {}, ...withoutNulls(action.format) };
    assertTypes(action, fieldTypes, `${where}: expected ${kind}`);
    for (const field of listFields[kind] ?? []) {
      if (action[field] === undefined || isTexts(action[field])) continue;
      throw new CorruptLog(
        `${where}: expected ${kind}.${field} to be a list of texts, got ${stringifyWithBigInts(action[field])}`,
      );
    }
    const { deletionVector } = action;
    if (deletionVector !== undefined) {
      assertTypes(deletionVector as Json, vectorFields, `${where}: expected ${kind}.deletionVector`);
    }
    return { [kind]: action } as unknown as Action;
  }
  return undefined;
}

function assertTypes(fields: Json, types: Readonly<Record<string, string>>, expected: string): void {
  for (const [field, type] of Object.entries(types)) {
    if (typeof fields[field] === type) continue;
    throw new CorruptLog(`${expected}.${field} to be a ${type}, got ${stringifyWithBigInts(fields[field])}`);
  }
}

/** Whether a line holds int64 fields, so that its numbers must be read from their own text. */
const needsExactNumbers = (object: Json): boolean => {
  const file = (object.add ?? object.remove) as Json | null | undefined;
  return isObject(object.txn) || file?.baseRowId != null || file?.defaultRowCommitVersion != null;
};

function textOf(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new CorruptLog(`${where}: expected UTF-8`, { cause });
  }
}

/** Parsed objects of a file of JSON lines, int64 fields as bigint. `where` names the file in errors. */
export function parseLines(bytes: Uint8Array, where: string): Json[] {
  const objects: Json[] = [];
  for (const [index, line] of textOf(bytes, where).split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const object = JSON.parse(line) as unknown;
      if (!isObject(object)) throw new CorruptLog(`expected a JSON object, got ${line.slice(0, 80)}`);
      objects.push(needsExactNumbers(object) ? (parseWithBigInts(line, int64Fields) as Json) : object);
    } catch (cause) {
      throw new CorruptLog(`${where}, line ${index + 1}: expected one action as a JSON object`, { cause });
    }
  }
  return objects;
}

/**
 * Actions of a commit's bytes, in their order; `txn.version` and row ids are exact. Unknown actions are left out.
 *
 * @throws {CorruptLog} when a line is no action.
 */
export function parseActions(bytes: Uint8Array, where = 'a commit'): Action[] {
  return parseLines(bytes, where)
    .map((object) => toAction(object, where))
    .filter((action) => action !== undefined);
}

/** A commit's bytes: one action a line, `commitInfo` first, absent fields left out. */
export function serializeActions(actions: readonly Action[]): Uint8Array {
  const first = actions.filter((action) => 'commitInfo' in action);
  const rest = actions.filter((action) => !('commitInfo' in action));
  const lines = [...first, ...rest].map((action) => `${stringifyWithBigInts(action)}\n`);
  return new TextEncoder().encode(lines.join(''));
}
