/** Rows that widths are taken from; later ones may stand out. */
const measuredRows = 200;
const greatestWidth = 100;

/**
 * Lines of a table with aligned columns: names, a rule, rows as they come. Columns whose measured cells are all numbers are
 * aligned to the right.
 */
export async function* textTable(
  names: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<string> {
  const measured: (readonly string[])[] = [];
  let layout: Layout | undefined;
  for await (const row of rows) {
    if (layout !== undefined) yield lineOf(row, layout);
    else if (measured.push(row) === measuredRows) {
      layout = layoutOf(names, measured);
      yield* head(names, measured, layout);
    }
  }
  if (layout === undefined) yield* head(names, measured, layoutOf(names, measured));
}

type Layout = { width: number; isNumber: boolean }[];

const layoutOf = (names: readonly string[], rows: readonly (readonly string[])[]): Layout =>
  names.map((name, column) => {
    const cells = rows.map((row) => row[column]!);
    return {
      width: Math.min(greatestWidth, Math.max(name.length, ...cells.map(({ length }) => length))),
      isNumber: cells.some((cell) => cell !== '') && cells.every((cell) => /^(-?[\d,.]+(e[+-]\d+)?)?$/.test(cell)),
    };
  });

function* head(names: readonly string[], rows: readonly (readonly string[])[], layout: Layout): Generator<string> {
  yield lineOf(names, layout);
  yield layout.map(({ width }) => '─'.repeat(width)).join('  ');
  for (const row of rows) yield lineOf(row, layout);
}

const lineOf = (cells: readonly string[], layout: Layout): string =>
  cells
    .map((cell, column) => {
      const { width, isNumber } = layout[column]!;
      return isNumber ? cell.padStart(width) : cell.padEnd(width);
    })
    .join('  ')
    .trimEnd();

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 MiB` of a number of bytes. */
export function bytesText(bytes: number): string {
  const power = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

export const countText = (count: number): string => count.toLocaleString('en');

export const instantText = (ms: number): string => new Date(ms).toISOString();
