import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Audit, TableAudit } from '../audit/audit.ts';
import type { Finding, Quantiles, SourceCount } from '../audit/audit-database.ts';
import type { ChaosReport } from '../chaos/chaos.ts';

export interface SourceReport extends SourceCount {
  table: string;
  /** Deliveries of records that had been accepted before, since start: outside the balance. */
  redelivered: number;
}

/** What `report.json` says, and the screen. */
export interface Report {
  writtenAt: string;
  /** Nothing is missing, duplicated or where it should not be, and nothing is stuck. */
  balanced: boolean;
  /** What held records up when nothing moved any more, a sentence each; absent when all was drained. */
  stuck?: readonly string[];
  /** By source. */
  sources: Record<string, SourceReport>;
  /** By table. */
  tables: Record<string, TableAudit>;
  /** Tables that could not be read, with the reason; absent when all could. */
  unreadable?: readonly string[];
  /** Event arrival to visible, of records that arrived since start; null when none did. */
  freshnessMs: Quantiles | null;
  /** Some of the positions that spoil the balance. */
  findings: Finding[];
  /** Positions that spoil the balance beyond these; absent when there are none. */
  moreFindings?: number;
  chaos?: ChaosReport;
}

export const reportFile = 'report.json';

export function makeReport(
  audit: Audit,
  about: {
    nowMs: number;
    tableOf: (source: string) => string;
    redelivered: (source: string) => number;
    stuck?: readonly string[] | undefined;
  },
  chaos: ChaosReport | undefined,
): Report {
  const sources = Object.entries(audit.sources).map(([name, counts]): [string, SourceReport] => [
    name,
    { table: about.tableOf(name), ...counts, redelivered: about.redelivered(name) },
  ]);
  return {
    writtenAt: new Date(about.nowMs).toISOString(),
    balanced: audit.balanced && about.stuck === undefined,
    ...(about.stuck === undefined ? {} : { stuck: about.stuck }),
    sources: Object.fromEntries(sources),
    tables: audit.tables,
    ...(audit.unreadable.length === 0 ? {} : { unreadable: audit.unreadable }),
    freshnessMs: audit.freshnessMs ?? null,
    findings: audit.findings,
    ...(audit.moreFindings === undefined ? {} : { moreFindings: audit.moreFindings }),
    ...(chaos === undefined ? {} : { chaos }),
  };
}

/** Replaces the report in one step. */
export async function writeReport(dataFolder: string, report: Report): Promise<void> {
  const path = join(dataFolder, reportFile);
  await writeFile(`${path}.new`, `${JSON.stringify(report, null, 2)}\n`);
  await rename(`${path}.new`, path);
}
