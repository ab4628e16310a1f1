import { Html, html } from './html.ts';

const style = `
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #1b1f24; }
  h1 { font-size: 1.5em; } h2 { font-size: 1.1em; margin-top: 2em; }
  table { border-collapse: collapse; } td, th { text-align: left; padding: .2em .8em .2em 0; vertical-align: top; }
  th { color: #57606a; font-weight: 500; border-bottom: 1px solid #d0d7de; }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  .rows { overflow-x: auto; } .rows td { font-family: ui-monospace, monospace; font-size: 13px; max-width: 30em; overflow-wrap: anywhere; }
  pre { background: #f6f8fa; padding: .8em; overflow-x: auto; } .bad { color: #b35900; } .null { color: #8b949e; }
`;

/** A whole page. */
export const page = (title: string, ...content: Html[]): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${new Html(style)}</style></head>
<body><p><a href="/">All tables</a></p><h1>${title}</h1>${content}</body></html>
`.text;

/** A table with a head; cells are text, or numbers to the right. */
export function grid(head: readonly string[], rows: readonly (readonly (Html | string | number)[])[]): Html {
  const cells = rows.map(
    (row) =>
      html`<tr>${row.map((cell) => (typeof cell === 'number' ? html`<td class="number">${cell.toLocaleString('en-US')}</td>` : html`<td>${cell}</td>`))}</tr>`,
  );
  const heads = head.map((title) => html`<th>${title}</th>`);
  return html`<div class="rows"><table><thead><tr>${heads}</tr></thead><tbody>${cells}</tbody></table></div>`;
}

export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
