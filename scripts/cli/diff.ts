import { isDeepStrictEqual } from 'node:util';
import type { AddFile, MetaData } from '#delta/actions.ts';
import { stringifyWithBigInts } from '#delta/exact-json.ts';
import { parseSchema } from '#delta/schema.ts';
import { deletionVectorId, fileKey } from '#delta/snapshot.ts';
import { recordsOf } from './files.ts';
import { typeText } from './inspect.ts';
import { type OpenedTable, openVersion } from './open-table.ts';
import { readArguments, readingOptions, wholeNumber } from './read-arguments.ts';
import { locateTable } from './table-location.ts';
import { bytesText, countText, textTable } from './text-table.ts';
import type { Verb } from './verb.ts';

export const diff: Verb = {
  usage: 'diff <table> <version> <version> [--env <environment>] [--json]',
  purpose: 'says what changed from one version to another: protocol, columns, properties, transactions and files',
  async run(args, root) {
    const { values, positionals } = readArguments(args, readingOptions, 3, this.usage);
    const [name, ...texts] = positionals as [string, string, string];
    const [from, to] = texts.map((text) => wholeNumber('a version', text));
    const location = await locateTable(name, values.env, root);
    const changes = await changesBetween(
      await openVersion(location, name, from),
      await openVersion(location, name, to),
    );
    return values.json ? stringifyWithBigInts(changes) : described(changes);
  },
};

/** A value of both versions, where they differ. */
interface Change {
  from: unknown;
  to: unknown;
}

interface ChangedFile {
  path: string;
  size: number;
  numRecords: number | null;
  deletionVector: string | null;
}

interface Changes {
  from: number;
  to: number;
  /** By what changed: `protocol`, `column a`, `property b`, `transaction c`, … */
  changed: Record<string, Change>;
  addedFiles: ChangedFile[];
  removedFiles: ChangedFile[];
}

async function changesBetween(before: OpenedTable, after: OpenedTable): Promise<Changes> {
  const removed = new Map<string, ChangedFile>();
  for await (const add of before.files()) removed.set(fileKey(add), changedFile(add));
  const addedFiles: ChangedFile[] = [];
  for await (const add of after.files()) if (!removed.delete(fileKey(add))) addedFiles.push(changedFile(add));
  return {
    from: before.state.version,
    to: after.state.version,
    changed: changedValues(factsOf(before), factsOf(after)),
    addedFiles,
    removedFiles: [...removed.values()],
  };
}

const changedFile = (add: AddFile): ChangedFile => ({
  path: add.path,
  size: add.size,
  numRecords: recordsOf(add),
  deletionVector: add.deletionVector === undefined ? null : deletionVectorId(add.deletionVector),
});

const metaDataFacts: readonly (keyof MetaData)[] = ['id', 'name', 'description', 'partitionColumns'];

function factsOf({ state }: OpenedTable): Map<string, unknown> {
  const { protocol, metaData, txns, domains } = state;
  return new Map<string, unknown>([
    ['protocol', protocol],
    ...metaDataFacts.map((fact): [string, unknown] => [fact, metaData[fact]]),
    ...parseSchema(metaData.schemaString).fields.map((field): [string, unknown] => [
      `column ${field.name}`,
      `${typeText(field.type)}${field.nullable ? '' : ' not null'}`,
    ]),
    ...Object.entries(metaData.configuration).map(([key, value]): [string, unknown] => [`property ${key}`, value]),
    ...[...txns.values()].map(({ appId, version }): [string, unknown] => [`transaction ${appId}`, version]),
    ...[...domains.values()].map(({ domain, configuration }): [string, unknown] => [`domain ${domain}`, configuration]),
  ]);
}

function changedValues(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>) {
  const changed: Record<string, Change> = {};
  for (const fact of new Set([...before.keys(), ...after.keys()])) {
    const [from = null, to = null] = [before.get(fact), after.get(fact)];
    if (!isDeepStrictEqual(from, to)) changed[fact] = { from, to };
  }
  return changed;
}

async function* described({ from, to, changed, addedFiles, removedFiles }: Changes): AsyncGenerator<string> {
  yield `from version ${from} to ${to}`;
  for (const [verb, changedFiles] of [
    ['added', addedFiles],
    ['removed', removedFiles],
  ] as const) {
    const bytes = changedFiles.reduce((sum, { size }) => sum + size, 0);
    yield `${countText(changedFiles.length)} files ${verb}, ${bytesText(bytes)}`;
  }
  const values = Object.entries(changed).map(([fact, change]) => [fact, text(change.from), text(change.to)]);
  if (values.length > 0) {
    yield '';
    yield* textTable(['changed', 'from', 'to'], values);
  }
  const files = [
    ...removedFiles.map((file) => ['-', file] as const),
    ...addedFiles.map((file) => ['+', file] as const),
  ];
  if (files.length > 0) {
    yield '';
    yield* textTable(
      ['', 'file', 'size', 'rows', 'deletion vector'],
      files.map(([sign, { path, size, numRecords, deletionVector }]) => [
        sign,
        path,
        bytesText(size),
        String(numRecords ?? ''),
        deletionVector ?? '',
      ]),
    );
  }
}

const text = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : stringifyWithBigInts(value);
