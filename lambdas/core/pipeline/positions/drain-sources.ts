import type { Settings } from '#contract/settings.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { comparePositions, type Position, positionAfter } from '../ledger/position.ts';
import { DrainRefused } from './position-errors.ts';
import { startOf } from './seek-source.ts';
import { type SourceMappings, turnMappings } from './source-mappings.ts';
import type { SourcePositions } from './source-positions.ts';

/** Lambda takes a while to turn a mapping off, however little of the time is left. */
const leastTurningMs = 120_000;

export interface DrainRequest {
  sources: readonly string[];
  timeoutMs: number;
  /** Between two looks. */
  pollMs: number;
  /** Whether mappings are turned off at the end. */
  turnOff: boolean;
}

export interface DrainPorts {
  ledger: Ledger;
  settings: Pick<Settings, 'sources'>;
  positionsOf: (source: string) => SourcePositions;
  mappings: SourceMappings;
  clock: Clock;
  wait: (ms: number) => Promise<void>;
  /** Told at each look. */
  onProgress?: (progress: DrainProgress) => void;
}

export interface DrainProgress {
  /** Source partitions whose cursors are not at the end that was. */
  behind: { sourcePartition: string; next: Position | undefined; end: Position }[];
  /** Manifests with records before those ends that wait to be committed, by table name. */
  waiting: Record<string, number>;
}

export interface Drained {
  /** By source partition, where the source ended when this began: what is before it is in the tables. */
  ends: Record<string, Position>;
  tookMs: number;
}

/**
 * Waits until all that sources hold at this moment is in the tables, then turns their mappings off: a bounded run. What arrives
 * meanwhile may be read too; none of it is lost.
 *
 * @throws {DrainRefused} where a mapping is off or missing while there is something to read, or the time is up.
 */
export async function drainSources(request: DrainRequest, ports: DrainPorts): Promise<Drained> {
  const { clock, wait, mappings } = ports;
  const startedMs = clock();
  const ends = await endsOf(request.sources, ports);
  for (;;) {
    const progress = await lookAt(ends, ports);
    ports.onProgress?.(progress);
    const isThere = progress.behind.length === 0 && Object.keys(progress.waiting).length === 0;
    if (isThere) break;
    if (progress.behind.length > 0) await refuseUnread(progress, mappings);
    if (clock() - startedMs >= request.timeoutMs) {
      throw new DrainRefused(
        `expected to be at the end within ${request.timeoutMs / 1000} s, found ${textOf(progress)}`,
      );
    }
    await wait(request.pollMs);
  }
  if (request.turnOff) await turnOff(request, Math.max(leastTurningMs, startedMs + request.timeoutMs - clock()), ports);
  return { ends: Object.fromEntries(ends), tookMs: clock() - startedMs };
}

async function endsOf(
  sources: readonly string[],
  { positionsOf, settings }: DrainPorts,
): Promise<Map<string, Position>> {
  const ends = new Map<string, Position>();
  for (const source of sources) {
    const positions = positionsOf(source);
    const { startingPosition } = settings.sources[source] ?? {};
    const startMs = typeof startingPosition === 'object' ? Date.parse(startingPosition.timestamp) : undefined;
    for (const { partition, earliest, end } of await positions.spans()) {
      if (end === undefined || earliest === end) continue;
      /** What is older than the source's beginning is never delivered. */
      if (startMs !== undefined && (await positions.at(partition, startMs)) === undefined) continue;
      ends.set(`${source}/${partition}`, end);
    }
  }
  return ends;
}

async function lookAt(ends: ReadonlyMap<string, Position>, { ledger, settings }: DrainPorts): Promise<DrainProgress> {
  const behind: DrainProgress['behind'] = [];
  for (const [sourcePartition, end] of ends) {
    const cursor = await ledger.readCursor(sourcePartition);
    const [source, partition] = sourcePartition.split('/') as [string, string];
    const position = cursor?.position;
    const start = cursor?.start ?? startOf(cursor, settings.sources[source]?.startingPositions[partition]);
    const read = position === undefined ? undefined : positionAfter(position);
    const isThere = [read, start].some((next) => next !== undefined && comparePositions(next, end) >= 0);
    if (!isThere) behind.push({ sourcePartition, next: read ?? start, end });
  }
  const waiting: DrainProgress['waiting'] = {};
  for await (const { tableId, tableName } of ledger.tables()) {
    const manifests = (await ledger.manifestsOf(tableId)).filter(({ ranges }) =>
      ranges.some(({ sourcePartition, from }) => {
        const end = ends.get(sourcePartition);
        return end !== undefined && comparePositions(from, end) < 0;
      }),
    );
    if (manifests.length > 0) waiting[tableName] = manifests.length;
  }
  return { behind, waiting };
}

async function refuseUnread({ behind }: DrainProgress, mappings: SourceMappings): Promise<void> {
  for (const source of new Set(behind.map(({ sourcePartition }) => sourcePartition.split('/')[0] as string))) {
    const found = await mappings.of(source);
    if (found.some(({ state }) => state !== 'Disabled')) continue;
    const state = found.map(({ id, state }) => `${id} ${state}`).join(', ') || 'none';
    throw new DrainRefused(
      `source ${source}: expected its event source mapping to be on while there is something to read, found ${state}`,
    );
  }
}

async function turnOff({ sources, pollMs }: DrainRequest, leftMs: number, ports: DrainPorts): Promise<void> {
  const { mappings, clock, wait } = ports;
  for (const source of sources) {
    const busy = await turnMappings(source, 'off', mappings, { timeoutMs: leftMs, pollMs, clock, wait });
    if (busy === undefined) continue;
    throw new DrainRefused(`source ${source}: expected ${busy.id} to be off by now, found it ${busy.state}`);
  }
}

function textOf({ behind, waiting }: DrainProgress): string {
  const cursors = behind.map(
    ({ sourcePartition, next, end }) =>
      `${sourcePartition} ${next === undefined ? 'unread' : `read up to ${next}`} of ${end}`,
  );
  const tables = Object.entries(waiting).map(([table, count]) => `${count} manifests of ${table} not committed`);
  return [...cursors, ...tables].join(', ');
}
