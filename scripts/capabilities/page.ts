import type { Capability } from './rows.ts';
import type { CapabilityRow } from './test-results.ts';

const groups: readonly [prefix: string, title: string][] = [
  ['K', 'kafka-delta-ingest'],
  ['D', 'The Danube Delta Lake sink'],
  ['F', 'Flink applications'],
  ['P', 'A Python writer'],
  ['B', 'What none of them has'],
];

/** docs/capabilities.md: what there is, by the results of tests. */
export function capabilitiesPage(capabilities: readonly Capability[], rows: readonly CapabilityRow[]): string {
  const states = new Map(rows.map((row) => [row.id, row]));
  const tables = groups.map(([prefix, title]) => {
    const lines = capabilities
      .filter(({ id }) => id.startsWith(prefix))
      .map(({ id, what, doc }) => {
        const { state, test } = states.get(id) as CapabilityRow;
        const tests = test.map((file) => `[${file.replace(/^test\//, '')}](../${file})`).join('<br>') || '—';
        return `| ${id} | ${what} | ${state} | ${tests} | [${doc.split('#')[0]}](${doc}) |`;
      });
    return [`## ${title}`, '', '| | | state | test | doc |', '|---|---|---|---|---|', ...lines].join('\n');
  });
  return `${head}\n\n${tables.join('\n\n')}\n`;
}

const head = `# Capabilities

What the systems can do that people move here from ([moving.md](moving.md) says how), and what their users ask for. \`npm run
capabilities\` writes this page from the results of tests that it runs: \`works\` says that the row's tests ran, pushed records
through a source, read the rows back from a Delta table, and passed. Whatever else is \`open\`.`;
