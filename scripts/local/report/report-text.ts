import { queriesOf } from './queries.ts';
import type { Report, SourceReport } from './report.ts';

const number = new Intl.NumberFormat('en-US');
const columns: readonly [title: string, of: (source: SourceReport) => number][] = [
  ['in', ({ in: records }) => records],
  ['rows', ({ rows }) => rows],
  ['dead letters', ({ deadLetters }) => deadLetters],
  ['redriven', ({ redriven = 0 }) => redriven],
  ['dropped', ({ dropped }) => dropped.tombstones + (dropped.filtered ?? 0)],
  ['redelivered', ({ redelivered }) => redelivered],
  ['missing', ({ missing }) => missing],
  ['duplicated', ({ duplicated }) => duplicated],
  ['strayed', ({ strayed }) => strayed],
];

/** Cells below their titles, numbers to the right. */
function grid(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}

/** What an operator took away is missing for good: sources count it as delivered. */
const restoreHints = ({ tables }: Report): string[] =>
  Object.entries(tables).flatMap(([table, { restores = [] }]) =>
    restores.map(
      ({ version, to }) =>
        `Table ${table} was restored to ${to} by version ${version}: rows committed between are gone by an operator's word.`,
    ),
  );

/** The audit as people read it: the balance of each source, freshness, chaos, and what was found wrong. */
export function auditText(report: Report): string {
  const cells = (source: SourceReport): string[] => columns.map(([, of]) => number.format(of(source)));
  const { freshnessMs, chaos } = report;
  const parts = [
    'Audit: every position of the sources against the rows of the tables',
    grid([
      ['source', ...columns.map(([title]) => title)],
      ...Object.entries(report.sources).map(([name, source]) => [name, ...cells(source)]),
    ]),
    ...(freshnessMs === null
      ? []
      : [`Freshness (arrival to visible): p50 ${freshnessMs.p50} ms, p99 ${freshnessMs.p99} ms`]),
    ...(chaos === undefined
      ? []
      : [
          `Chaos ${chaos.seed}: ${chaos.kills} processes killed, ${chaos.whileRunning} of them running an invocation (ingest ${chaos.ingest.whileRunning}, commit ${chaos.commit.whileRunning})`,
        ]),
    ...report.findings.map(
      ({ kind, source, partition, position }) => `  ${kind}: ${source}/${partition} at ${position}`,
    ),
    ...(report.moreFindings === undefined ? [] : [`  … and ${number.format(report.moreFindings)} more`]),
    ...(report.balanced ? [] : restoreHints(report)),
    ...(report.unreadable ?? []).map((reason) => `UNREADABLE: ${reason}`),
    ...(report.stuck === undefined
      ? []
      : ['STUCK: nothing moves any more.', ...report.stuck.map((cause) => `  ${cause}`)]),
    report.balanced ? 'Balanced: nothing missing, nothing duplicated.' : 'NOT BALANCED.',
  ];
  return parts.join('\n');
}

/** Each table with its folder and queries to paste. */
export const tablesText = (report: Report): string =>
  Object.entries(report.tables)
    .map(([name, { path, version, files, rows }]) =>
      [
        `${name}: version ${version}, ${number.format(files)} files, ${number.format(rows)} rows`,
        `  ${path}`,
        ...Object.entries(queriesOf(path)).map(([engine, query]) => `  ${engine.padEnd(6)}  ${query}`),
      ].join('\n'),
    )
    .join('\n\n');
