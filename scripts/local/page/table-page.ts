import type { TableColumn, TableLog } from '../audit/read-log.ts';
import { queriesOf } from '../report/queries.ts';
import { type Html, html } from './html.ts';
import type { Cell } from './latest-rows.ts';
import { grid, page, timeText } from './layout.ts';

const newestVersions = 100;

const typeText = ({ type }: TableColumn): string => (typeof type === 'string' ? type : JSON.stringify(type));

const cellHtml = (cell: Cell): Html => (cell === null ? html`<span class="null">null</span>` : html`${cell}`);

/** One version of a table: its newest rows, columns, history, and queries of it. */
export function tablePage(name: string, path: string, log: TableLog, rows: readonly Cell[][]): string {
  const { version, files, columns, partitionColumns, versions } = log;
  const link = `/tables/${encodeURIComponent(name)}`;
  const history = versions
    .slice(-newestVersions)
    .reverse()
    .map((one) => [
      html`<a href="${link}?version=${one.version}">${one.version}</a>`,
      timeText(one.visibleMs),
      one.operation,
      one.writer,
      one.added,
      one.removed,
    ]);
  const described = columns.map((column) => [
    column.name,
    typeText(column),
    partitionColumns.includes(column.name) ? 'partition column' : '',
  ]);
  const queries = Object.entries(queriesOf(path)).map(([engine, query]) => html`<p>${engine}</p><pre>${query}</pre>`);
  return page(
    name,
    html`<p>Version ${version}, ${files.length} files, in <code>${path}</code></p>`,
    html`<h2>Newest rows</h2>${grid(
      columns.map(({ name: column }) => column),
      rows.map((row) => row.map(cellHtml)),
    )}`,
    html`<h2>Columns</h2>${grid(['name', 'type', ''], described)}`,
    html`<h2>History</h2>${grid(['version', 'visible since', 'operation', 'writer', 'files added', 'removed'], history)}`,
    html`<h2>Queries</h2>${queries}`,
  );
}
