import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  backlogKey,
  bundleKey,
  cursorKey,
  type ItemKey,
  itemFormat,
  repairTallyKey,
  tableKey,
} from '#contract/ledger-items.ts';
import type { Bundle } from '#pipeline/ledger/bundles.ts';
import type { Backlog, Cursor, CursorMove, TableRecord } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { manifestKeyOf } from '#pipeline/ledger/manifest-key.ts';
import type { RepairTally } from '#pipeline/repair/repair-tally.ts';
import { type PackedRuns, packRuns, unpackRuns } from './packed-runs.ts';

/**
 * Items of the ledger as DynamoDB holds them. What conditions and updates speak of is an attribute of its own; the rest is one
 * attribute `body`, JSON as text, or deflated where it is large: DynamoDB bills and limits items by their size.
 */
export type Item = Record<string, AttributeValue>;

export const keyItem = ({ pk, sk }: ItemKey): Item => ({ pk: { S: pk }, sk: { S: sk } });

export const numberAttribute = (value: number): AttributeValue => ({ N: String(value) });

const format = { format: numberAttribute(itemFormat) };

const textBody = (value: unknown): Item => ({ body: { S: JSON.stringify(value) } });

/** Beyond, a body is deflated. */
const mostTextCharacters = 60_000;

/** Of what may grow to DynamoDB's limit: others' columns, with comments on each. */
function largeBody(value: unknown): Item {
  const text = JSON.stringify(value);
  return { body: text.length > mostTextCharacters ? { B: deflateRawSync(text) } : { S: text } };
}

function describe(item: Item): string {
  return `ledger item ${item.pk?.S} / ${item.sk?.S}`;
}

/** An item written by a later version may mean what this one cannot know. */
function assertFormat(item: Item): void {
  const found = Number(item.format?.N ?? itemFormat);
  if (found !== itemFormat) throw new Error(`${describe(item)}: expected format ${itemFormat}, got ${found}`);
}

function bodyOf<Body>(item: Item): Body {
  assertFormat(item);
  const { S: text, B: bytes } = item.body ?? {};
  if (text !== undefined) return JSON.parse(text) as Body;
  if (bytes !== undefined) return JSON.parse(inflateRawSync(bytes).toString('utf8')) as Body;
  throw new Error(`${describe(item)}: expected an attribute body, got ${Object.keys(item).join(', ')}`);
}

type CursorBody = Omit<CursorMove['next'], 'position'>;
/** As the item has it: runs of several tables are packed. */
type WrittenCursorBody = CursorBody & { packed?: PackedRuns };

/** A longer text is deflated. */
const longText = 4_000;
/** What a cursor's body may take of an item's 400 KB. */
const maxCursorBytes = 390_000;

/** Values of a cursor's move that its update expression refers to. */
export function cursorValues({ sourcePartition, expectedRevision, next: { position, ...rest } }: CursorMove): Item {
  const text = JSON.stringify(packedBody(rest));
  const body: AttributeValue = text.length > longText ? { B: deflateRawSync(text) } : { S: text };
  const bytes = body.B?.length ?? text.length;
  if (bytes > maxCursorBytes) {
    throw new RangeError(
      `source partition ${sourcePartition}: expected its cursor to take at most ${maxCursorBytes} bytes, got ${bytes}`,
    );
  }
  return {
    ':revision': numberAttribute(expectedRevision + 1),
    ':format': numberAttribute(itemFormat),
    ':body': body,
    ...(position === undefined ? {} : { ':position': { S: position } }),
  };
}

function packedBody({ taken, ...rest }: CursorBody): WrittenCursorBody {
  return taken === undefined ? rest : { ...rest, packed: packRuns(taken) };
}

function unpackedBody({ packed, ...rest }: WrittenCursorBody): CursorBody {
  return packed === undefined ? rest : { ...rest, taken: unpackRuns(packed) };
}

const emptyCursor: CursorBody = { ordinals: {}, floors: {}, greatestTimestampMs: 0, batchEnds: [] };

/** A cursor that only counts attempts so far has neither body nor revision. */
export function toCursor(sourcePartition: string, item: Item): Cursor {
  const { position, attemptedPosition } = item;
  return {
    sourcePartition,
    ...(item.body === undefined ? emptyCursor : unpackedBody(bodyOf<WrittenCursorBody>(item))),
    ...(position?.S === undefined ? {} : { position: position.S }),
    revision: Number(item.revision?.N ?? 0),
    attempts: Number(item.attempts?.N ?? 0),
    ...(attemptedPosition?.S === undefined ? {} : { attemptedPosition: attemptedPosition.S }),
  };
}

export const cursorOf = (item: Item): Cursor => toCursor((item.pk?.S ?? '').slice(cursorKey('').pk.length), item);

export const manifestItem = (manifest: Manifest): Item => ({
  ...keyItem(manifestKeyOf(manifest)),
  ...format,
  body: { B: deflateRawSync(JSON.stringify(manifest)) },
});

export const manifestOf = (item: Item): Manifest => bodyOf<Manifest>(item);

/** DynamoDB takes items of 400 KB. */
const bundlePartBytes = 300_000;

/** A bundle's items: its manifests deflated and parted. */
export function bundleItems({ id, manifests, placed }: Bundle): Item[] {
  const body = deflateRawSync(JSON.stringify(manifests));
  const parts = Math.ceil(body.length / bundlePartBytes);
  return Array.from({ length: parts }, (_, part) => ({
    ...keyItem(bundleKey(id, part)),
    ...format,
    ...(part === 0 ? { placed: numberAttribute(placed), parts: numberAttribute(parts) } : {}),
    body: { B: body.subarray(part * bundlePartBytes, (part + 1) * bundlePartBytes) },
  }));
}

export const bundleIdOf = (item: Item): string => (item.sk?.S ?? '').split('#')[0] as string;

/** How many items a bundle has, by the first. */
export const partsOf = (first: Item): number => Number(first.parts?.N);

/** A bundle by all its items, in their order. */
export function bundleOfParts(items: readonly Item[]): Bundle {
  const [first] = items as [Item, ...Item[]];
  assertFormat(first);
  const body = Buffer.concat(items.map(({ body: part }) => part?.B ?? new Uint8Array()));
  const manifests = JSON.parse(inflateRawSync(body).toString('utf8')) as Manifest[];
  return { id: bundleIdOf(first), manifests, placed: Number(first.placed?.N) };
}

export const tableItem = ({ schemaVersion, ...rest }: TableRecord): Item => ({
  ...keyItem(tableKey(rest.tableId)),
  ...format,
  schemaVersion: numberAttribute(schemaVersion),
  ...largeBody(rest),
});

export const tableOf = (item: Item): TableRecord => ({
  ...bodyOf<Omit<TableRecord, 'schemaVersion'>>(item),
  schemaVersion: Number(item.schemaVersion?.N),
});

export const backlogItem = (tableId: string, backlog: Backlog): Item => ({
  ...keyItem(backlogKey(tableId)),
  ...format,
  ...textBody(backlog),
});

export const backlogOf = (item: Item): Backlog => bodyOf<Backlog>(item);

export const repairTallyItem = (tableId: string, { revision, ...counts }: RepairTally): Item => ({
  ...keyItem(repairTallyKey(tableId)),
  ...format,
  revision: numberAttribute(revision),
  ...textBody(counts),
});

export const repairTallyOf = (item: Item): RepairTally => ({
  ...bodyOf<Omit<RepairTally, 'revision'>>(item),
  revision: Number(item.revision?.N),
});
