import type { TableLog } from '../audit/read-log.ts';
import type { MappingReport } from '../local-aws.ts';
import type { Report } from '../report/report.ts';
import { html } from './html.ts';
import { grid, page, timeText } from './layout.ts';

export interface TablesPageParts {
  tables: readonly { name: string; log: TableLog | Error }[];
  mappings: readonly MappingReport[];
  /** Of the last audit, where there was one. */
  report: Report | undefined;
  links: Record<string, string>;
}

/** Every table, every source, and what the last audit found. */
export function tablesPage({ tables, mappings, report, links }: TablesPageParts): string {
  const tableRows = tables.map(({ name, log }) => {
    const link = html`<a href="/tables/${encodeURIComponent(name)}">${name}</a>`;
    if (log instanceof Error) return [link, html`<span class="bad">${log.message}</span>`, '', '', ''];
    const { version, files, columns, versions } = log;
    return [link, version, files.length, columns.length, timeText(versions.at(-1)?.visibleMs ?? 0)];
  });
  const lags = mappings
    .filter(({ kind }) => kind !== 'sqs')
    .map(({ origin, kind, lag, records }) => [origin, kind, records, lag]);
  return page(
    'Tables of this machine',
    grid(['table', 'version', 'files', 'columns', 'last commit'], tableRows),
    html`<h2>Sources</h2>${grid(['stream or topic', 'kind', 'read since start', 'waiting'], lags)}`,
    html`<h2>Audit</h2>${report === undefined ? html`<p>The first one comes when all is drained.</p>` : auditOf(report)}`,
    html`<p>${Object.entries(links).map(([title, link]) => html`<a href="${link}">${title}</a> `)}</p>`,
  );
}

function auditOf({ writtenAt, balanced, sources }: Report) {
  const head = ['source', 'in', 'rows', 'dead letters', 'dropped', 'missing', 'duplicated', 'strayed'];
  const rows = Object.entries(sources).map(([name, source]) => {
    const { rows: filed, deadLetters, dropped, missing, duplicated, strayed } = source;
    return [
      name,
      source.in,
      filed,
      deadLetters,
      dropped.tombstones + (dropped.filtered ?? 0),
      missing,
      duplicated,
      strayed,
    ];
  });
  const verdict = balanced ? html`Balanced` : html`<strong class="bad">Not balanced</strong>`;
  return html`<p>${verdict}, ${writtenAt}: positions in = rows + dead letters + dropped.</p>${grid(head, rows)}`;
}
