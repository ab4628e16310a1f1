import type { Txn } from '#delta/actions.ts';
import type { LogState } from '#delta/log-state.ts';
import type { Manifest, ManifestRange } from './manifest.ts';
import { manifestKeyOf } from './manifest-key.ts';

/**
 * The place in line of each source partition, as the log keeps it: `appId` = `<environment>/<ledger id>/<source>/<partition>`,
 * `version` = the last ordinal that is in the table.
 */
export const appIdOf = (environment: string, { ledgerId, sourcePartition }: ManifestRange): string =>
  `${environment}/${ledgerId}/${sourcePartition}`;

export const manifestId = (manifest: Manifest): string => {
  const { pk, sk } = manifestKeyOf(manifest);
  return `${pk}/${sk}`;
};

/** What the log says of the lines of one table. A table that is not there yet has an incarnation and no txns. */
export interface LinesInLog {
  environment: string;
  incarnation: string;
  txns: ReadonlyMap<string, Txn>;
}

export const linesInLog = (environment: string, state: LogState | undefined, newIncarnation: string): LinesInLog => ({
  environment,
  incarnation: state?.metaData.id ?? newIncarnation,
  txns: state?.txns ?? new Map(),
});

export interface PlacedManifests {
  /** In the log already. */
  covered: Manifest[];
  /** What continues the log without a gap, in an order in which every line is gapless; as much as one commit takes. */
  taken: Manifest[];
  /** For a later commit: behind others, or more than one commit takes. */
  waiting: Manifest[];
  /** Nothing that is staged leads to them: their table was made anew, or its txn is gone. */
  stranded: Manifest[];
}

export interface CommitLimits {
  maxFiles: number;
  /** What must wait, and whatever is behind it in its lines. */
  isHeld?: (manifest: Manifest) => boolean;
}

/**
 * Places manifests in the lines of the log. The same manifests and log give the same answer, whatever order they come in.
 */
export function placeManifests(
  manifests: readonly Manifest[],
  log: LinesInLog,
  { maxFiles, isHeld = () => false }: CommitLimits,
): PlacedManifests {
  const ofIncarnation = manifests.filter(({ incarnation }) => incarnation === log.incarnation);
  const stranded = manifests.filter(({ incarnation }) => incarnation !== log.incarnation);
  const lastOrdinal = (range: ManifestRange) => Number(log.txns.get(appIdOf(log.environment, range))?.version ?? 0n);
  const isCovered = ({ ranges }: Manifest) => ranges.every((range) => range.ordinal <= lastOrdinal(range));
  const pending = ofIncarnation.filter((manifest) => !isCovered(manifest));

  const queue = new LineQueue(pending, (range) => lastOrdinal(range) + 1, isHeld);
  const taken: Manifest[] = [];
  let files = 0;
  for (;;) {
    const next = queue.peek();
    if (next === undefined) break;
    if (taken.length > 0 && files + next.files.length > maxFiles && !queue.isMidTransaction(next)) break;
    queue.take(next);
    taken.push(next);
    files += next.files.length;
  }
  const reached = new Set(taken);
  const left = pending.filter((manifest) => !reached.has(manifest));
  return {
    covered: ofIncarnation.filter(isCovered),
    taken,
    waiting: left.filter((manifest) => !queue.isBehindGap(manifest)),
    stranded: [...stranded, ...left.filter((manifest) => queue.isBehindGap(manifest))],
  };
}

/** The lines of a table's pending manifests: what may be taken is what is next in all of its lines. */
class LineQueue {
  /** By line, the pending manifests by ordinal. */
  readonly #lines = new Map<string, Map<number, Manifest>>();
  readonly #next = new Map<string, number>();
  readonly #ready: Manifest[] = [];
  /** By line, the end of the range taken last. */
  readonly #lastTo = new Map<string, string>();
  readonly #isHeld: (manifest: Manifest) => boolean;

  constructor(
    pending: readonly Manifest[],
    firstOrdinal: (range: ManifestRange) => number,
    isHeld: (manifest: Manifest) => boolean,
  ) {
    this.#isHeld = isHeld;
    for (const manifest of pending) {
      for (const range of manifest.ranges) {
        const line = lineOf(range);
        const ordinals = this.#lines.get(line) ?? new Map<number, Manifest>();
        this.#lines.set(line, ordinals.set(range.ordinal, manifest));
        this.#next.set(line, firstOrdinal(range));
      }
    }
    for (const manifest of pending) if (this.#isNext(manifest)) this.#ready.push(manifest);
    this.#ready.sort((left, right) => (manifestId(left) < manifestId(right) ? -1 : 1));
  }

  #isNext(manifest: Manifest): boolean {
    const isNext = manifest.ranges.every((range) => this.#next.get(lineOf(range)) === range.ordinal);
    return isNext && !this.#isHeld(manifest);
  }

  peek(): Manifest | undefined {
    return this.#ready.find((manifest) => this.isMidTransaction(manifest)) ?? this.#ready[0];
  }

  take(manifest: Manifest): void {
    this.#ready.splice(this.#ready.indexOf(manifest), 1);
    for (const range of manifest.ranges) {
      this.#next.set(lineOf(range), range.ordinal + 1);
      this.#lastTo.set(lineOf(range), range.to);
    }
    const following = manifest.ranges.map((range) => this.#lines.get(lineOf(range))?.get(range.ordinal + 1));
    for (const next of new Set(following)) if (next !== undefined && this.#isNext(next)) this.#ready.push(next);
  }

  /** Whether it takes up positions of which a part is taken: what was accepted together is committed together. */
  isMidTransaction({ ranges }: Manifest): boolean {
    return ranges.some((range) => this.#lastTo.get(lineOf(range)) === range.to);
  }

  /** Whether what should be next in one of its lines is not staged, or its own place there is past. */
  isBehindGap({ ranges }: Manifest): boolean {
    return ranges.some((range) => {
      const line = lineOf(range);
      const next = this.#next.get(line) ?? 1;
      return range.ordinal < next || !this.#lines.get(line)?.has(next);
    });
  }
}

const lineOf = ({ ledgerId, sourcePartition }: ManifestRange): string => `${ledgerId}/${sourcePartition}`;
