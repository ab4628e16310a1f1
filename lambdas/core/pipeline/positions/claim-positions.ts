import type { Settings } from '#contract/settings.ts';
import { stayingMove } from '../divert/staying-move.ts';
import type { Cursor, Ledger, TableRecord } from '../ledger/ledger.ts';
import { comparePositions, type Position, positionBefore } from '../ledger/position.ts';
import type { HandoverInLog } from './handover-in-log.ts';
import { HandoverRefused } from './position-errors.ts';

/** Others may win the race for a cursor this often before something is wrong. */
const maxRaces = 50;

/** From where on a source partition's records are the pipeline's, as far as one table goes. */
export interface PositionClaim {
  sourcePartition: string;
  /** At or below it records are in the table already. Absent: none is. */
  floor?: Position;
  /** Records before it are not even decoded. Absent: the source feeds other tables too, or its cursor is past it. */
  start?: Position;
}

export interface WantedClaims {
  tableName: string;
  source: string;
  /** By partition. */
  begins: Readonly<Record<string, Position>>;
  /** `metaData.id`. */
  incarnation: string;
}

/**
 * What cursors are to be told of a table that is handed over.
 *
 * @throws {HandoverRefused} where the pipeline has fed the table already, or has passed records that it has not.
 */
export async function planClaims(
  { tableName, source, begins, incarnation }: WantedClaims,
  known: TableRecord | undefined,
  { ledger, settings }: { ledger: Ledger; settings: Pick<Settings, 'sources'> },
): Promise<PositionClaim[]> {
  const isSole = settings.sources[source]?.table === tableName;
  const tableId = known?.tableId ?? '';
  const waiting = known === undefined || known.incarnation === incarnation ? [] : await ledger.manifestsOf(tableId);
  if (waiting.length > 0) {
    throw new HandoverRefused(
      `table ${tableName}: expected nothing staged for another table of this name, found ${waiting.length} manifests`,
    );
  }
  const claims: PositionClaim[] = [];
  for (const [partition, begin] of Object.entries(begins)) {
    const sourcePartition = `${source}/${partition}`;
    const cursor = await ledger.readCursor(sourcePartition);
    const floor = positionBefore(begin);
    if (floor === undefined || cursor?.floors[tableId] !== floor) refusePassed(tableName, begin, cursor, tableId);
    const begins = isSole ? undefined : settings.sources[source]?.startingPositions[partition];
    refuseSkipped(tableName, begin, begins, sourcePartition, cursor);
    const { position } = cursor ?? {};
    const isBehind = position === undefined || comparePositions(position, begin) < 0;
    claims.push({
      sourcePartition,
      ...(floor === undefined ? {} : { floor }),
      ...(isSole && isBehind ? { start: begin } : {}),
    });
  }
  return claims;
}

/** A source of several tables begins where its settings say, unless its cursor has begun. */
function refuseSkipped(
  tableName: string,
  begin: Position,
  starting: Position | undefined,
  sourcePartition: string,
  cursor: Cursor | undefined,
): void {
  const isBegun = cursor?.position !== undefined || cursor?.start !== undefined;
  if (starting === undefined || isBegun || comparePositions(starting, begin) <= 0) return;
  throw new HandoverRefused(
    `table ${tableName}: expected startingPositions to have ${sourcePartition} begin at ${begin} or before, so that no record is left out; got ${starting}`,
  );
}

function refusePassed(tableName: string, begin: Position, cursor: Cursor | undefined, tableId: string): void {
  if (cursor === undefined) return;
  const { sourcePartition, position, start, ordinals } = cursor;
  if (ordinals[tableId] !== undefined) {
    throw new HandoverRefused(
      `table ${tableName}: expected that the pipeline has not fed it from ${sourcePartition} yet, found ${ordinals[tableId].ordinal} manifests of it staged so far`,
    );
  }
  const passed = position !== undefined && comparePositions(position, begin) >= 0 ? position : undefined;
  const skipped = start !== undefined && comparePositions(start, begin) > 0 ? start : undefined;
  if (passed === undefined && skipped === undefined) return;
  throw new HandoverRefused(
    `table ${tableName}: expected the cursor of ${sourcePartition} before ${begin}, so that no record is left out, found ${passed === undefined ? `it to begin at ${skipped}` : `it at ${passed}`}; seek back first`,
  );
}

/** The claims, as the version that seals a handover has them. */
export function handoverInLog(claims: readonly PositionClaim[]): HandoverInLog {
  const pairs = (part: 'floor' | 'start') =>
    Object.fromEntries(
      claims.flatMap((claim) => (claim[part] === undefined ? [] : [[claim.sourcePartition, claim[part]]])),
    );
  return { floors: pairs('floor'), starts: pairs('start') };
}

export const claimsOf = ({ floors, starts }: HandoverInLog): PositionClaim[] =>
  [...new Set([...Object.keys(floors), ...Object.keys(starts)])].map((sourcePartition) => {
    const [floor, start] = [floors[sourcePartition], starts[sourcePartition]];
    return { sourcePartition, ...(floor === undefined ? {} : { floor }), ...(start === undefined ? {} : { start }) };
  });

/** Tells the cursors. Twice is as good as once. */
export async function claimPositions(
  claims: readonly PositionClaim[],
  tableId: string,
  ledger: Pick<Ledger, 'readCursor' | 'stage'>,
): Promise<void> {
  for (const claim of claims) await claimPosition(claim, tableId, ledger);
}

async function claimPosition(
  { sourcePartition, floor, start }: PositionClaim,
  tableId: string,
  ledger: Pick<Ledger, 'readCursor' | 'stage'>,
): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const cursor = await ledger.readCursor(sourcePartition);
    const floors = { ...cursor?.floors, ...(floor === undefined ? {} : { [tableId]: floor }) };
    const isTold =
      (floor === undefined || cursor?.floors[tableId] === floor) && (start === undefined || cursor?.start === start);
    if (isTold) return;
    const move = stayingMove(sourcePartition, cursor, { floors, ...(start === undefined ? {} : { start }) });
    if ((await ledger.stage({ moves: [move], manifests: [] })) === 'staged') return;
  }
  throw new Error(`source partition ${sourcePartition}: expected its cursor to be told within ${maxRaces} rounds`);
}
