import type { Settings } from '#contract/settings.ts';
import { latestStart } from '../ingest/intake.ts';
import type { Cursor, Ledger } from '../ledger/ledger.ts';
import { comparePositions, isPart, type Position, positionAfter, sequenceOf } from '../ledger/position.ts';
import { redriveOf } from '../ledger/redriven.ts';
import { SeekRefused } from './position-errors.ts';
import { type SeekEffect, soughtCursor } from './sought-cursor.ts';
import { mappingThatIsOn, type SourceMappings } from './source-mappings.ts';
import type { RecordCount, SourcePositions, SourceSpan } from './source-positions.ts';

/** Somebody else may change a cursor this often before something is wrong. */
const maxRaces = 50;

export type SeekTarget =
  | { kind: 'earliest' }
  | { kind: 'latest' }
  /** Where the cursors are: what the mapping has beyond them it delivers again. */
  | { kind: 'cursor' }
  | { kind: 'position'; position: Position }
  | { kind: 'timestamp'; timeMs: number };

export interface SeekRequest {
  source: string;
  /** Absent: every partition. */
  partition?: string;
  to: SeekTarget;
  /** Names of tables that are to have rows again that they have; `all`: every table. */
  repeat: readonly string[] | 'all';
  /** The topic or stream was made anew under its name: what the cursor knows is of another one. */
  recreated: boolean;
}

export interface SeekPorts {
  ledger: Ledger;
  settings: Pick<Settings, 'environment' | 'sources'>;
  positions: SourcePositions;
  mappings: SourceMappings;
}

/** What a seek does to one source partition. */
export interface SeekStep {
  sourcePartition: string;
  /** The position that would be read next without it; of a part where those before it are accepted. */
  from: Position;
  to: Position;
  direction: 'back' | 'ahead' | 'stays';
  /** Records between the two: read again, or never. */
  count: RecordCount;
  /** Names of tables that keep what they have of them, and of those that get rows again. */
  effect: SeekEffect;
}

/**
 * What a seek would do.
 *
 * @throws {SeekRefused} where there is no such partition or position, the mapping is on, or the source seems to be another one.
 */
export async function planSeek(request: SeekRequest, ports: SeekPorts): Promise<SeekStep[]> {
  const { source, partition } = request;
  const { ledger, settings, positions, mappings } = ports;
  const on = await mappingThatIsOn(source, mappings);
  if (on !== undefined) {
    throw new SeekRefused(
      `source ${source}: expected its event source mapping to be off while its cursors are set, found ${on.id} ${on.state}; turn it off first: alluvium mapping --env ${settings.environment} ${source} off`,
    );
  }
  const spans = await positions.spans();
  const wanted = partition === undefined ? spans : spans.filter((span) => span.partition === partition);
  if (wanted.length === 0) {
    throw new SeekRefused(
      `source ${source}: expected a partition among ${spans.map((span) => span.partition).join(', ') || 'none'}; got ${partition ?? 'none'}`,
    );
  }
  const names = new Map<string, string>();
  for await (const { tableId, tableName } of ledger.tables()) names.set(tableId, tableName);
  const steps: SeekStep[] = [];
  for (const span of wanted) {
    const sourcePartition = `${source}/${span.partition}`;
    const cursor = await ledger.readCursor(sourcePartition);
    const first = startOf(cursor, settings.sources[source]?.startingPositions[span.partition]);
    const to =
      request.to.kind === 'cursor'
        ? keptFrom(cursor, first ?? span.earliest, span)
        : await targetOf(span, request.to, source, positions);
    if (to === undefined) continue;
    if (!request.recreated) refuseOther(source, span, cursor);
    const from = nextOf(cursor, first ?? span.earliest ?? to);
    const order = comparePositions(to, from);
    const direction = order < 0 ? 'back' : order > 0 ? 'ahead' : 'stays';
    const [low, high] = order < 0 ? [to, from] : [from, to];
    const count = order === 0 ? { records: 0, isLeast: false } : await countOf(span.partition, low, high, positions);
    const redriven = await ledger.readCursor(redriveOf(sourcePartition));
    const { effect } = await soughtCursor(cursor, { ...request, to, direction, redriven }, ledger);
    steps.push({ sourcePartition, from, to, direction, count, effect });
  }
  return steps;
}

/** Sets the cursors, and where the mapping begins if that can be. Interrupted, it is run again. */
export async function seekSource(
  request: SeekRequest,
  steps: readonly SeekStep[],
  { ledger, positions }: SeekPorts,
): Promise<'placed' | 'unable'> {
  for (const step of steps) await seek(step, request, ledger);
  const places = steps.map(({ sourcePartition, to }) => [sourcePartition.slice(request.source.length + 1), to]);
  return positions.place(Object.fromEntries(places));
}

async function seek({ sourcePartition, from, to }: SeekStep, request: SeekRequest, ledger: Ledger): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const cursor = await ledger.readCursor(sourcePartition);
    const next = nextOf(cursor, from);
    if (comparePositions(next, from) !== 0 && comparePositions(next, to) !== 0) {
      throw new SeekRefused(
        `source partition ${sourcePartition}: expected its cursor before ${from}, as planned, found it before ${next}: something reads the source`,
      );
    }
    const order = comparePositions(to, next);
    const direction = order < 0 ? 'back' : order > 0 ? 'ahead' : 'stays';
    const redriven = await ledger.readCursor(redriveOf(sourcePartition));
    const { next: sought } = await soughtCursor(cursor, { ...request, to, direction, redriven }, ledger);
    const move = { sourcePartition, expectedRevision: cursor?.revision ?? 0, next: sought };
    if ((await ledger.stage({ moves: [move], manifests: [] })) === 'staged') return;
  }
  throw new Error(`source partition ${sourcePartition}: expected its cursor to be set within ${maxRaces} rounds`);
}

/** Records of which a part is meant count whole. */
const countOf = (partition: string, low: Position, high: Position, positions: SourcePositions): Promise<RecordCount> =>
  positions.count(partition, sequenceOf(low), isPart(high) ? positionAfter(sequenceOf(high)) : high);

/** Where settings have a cursor begin, unless that would leave out what comes after a table's records: then it does not begin. */
export function startOf(cursor: Cursor | undefined, starting: Position | undefined): Position | undefined {
  const latest = cursor && latestStart(cursor);
  const isRefused = starting !== undefined && latest !== undefined && comparePositions(starting, latest) > 0;
  return isRefused ? undefined : starting;
}

/** The position that would be read next; `first` where nothing was read or sought yet. */
function nextOf(cursor: Cursor | undefined, first: Position): Position {
  const { position, start } = cursor ?? {};
  if (position === undefined) return start ?? first;
  const next = positionAfter(position);
  return start !== undefined && comparePositions(start, next) > 0 ? start : next;
}

/** Where the cursor reads next, of what the source still keeps; nothing where neither has anything. */
function keptFrom(
  cursor: Cursor | undefined,
  first: Position | undefined,
  { earliest }: SourceSpan,
): Position | undefined {
  if (cursor?.position === undefined && cursor?.start === undefined) return first;
  const next = nextOf(cursor, '0');
  return earliest !== undefined && comparePositions(next, earliest) < 0 ? earliest : next;
}

async function targetOf(
  { partition, earliest, end }: SourceSpan,
  to: Exclude<SeekTarget, { kind: 'cursor' }>,
  source: string,
  positions: SourcePositions,
): Promise<Position | undefined> {
  switch (to.kind) {
    case 'earliest':
      return earliest;
    case 'latest':
      return end;
    case 'timestamp':
      return (await positions.at(partition, to.timeMs)) ?? end;
    case 'position': {
      const isKept =
        earliest !== undefined &&
        end !== undefined &&
        comparePositions(to.position, earliest) >= 0 &&
        comparePositions(to.position, end) <= 0;
      if (isKept) return to.position;
      throw new SeekRefused(
        `source partition ${source}/${partition}: expected a position from ${earliest ?? 'none'} to ${end ?? 'none'}, which the source has; got ${to.position}`,
      );
    }
  }
}

function refuseOther(source: string, { partition, end }: SourceSpan, cursor: Cursor | undefined): void {
  const next = cursor?.position === undefined ? undefined : positionAfter(cursor.position);
  if (next === undefined || end === undefined || comparePositions(next, end) <= 0) return;
  throw new SeekRefused(
    `source partition ${source}/${partition}: expected it to reach the cursor, which is before ${next}; it ends before ${end}, so that it was made anew: say --recreated`,
  );
}
