/**
 * `npm run bench -- [suite …] [--small] [--json]`: runs suites and prints their tables. `--small` makes tables smaller that are
 * large otherwise; with `--json` the last line is one object a suite.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions, BenchResult } from './suite.ts';

const suites = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(import.meta.dirname, entry.name, 'suite.ts')))
  .map((entry) => entry.name);

// A first batch in a fresh process compiles what it runs, as it does on Lambda.
delete process.env.NODE_COMPILE_CACHE;

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, small: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = positionals.length === 0 ? suites : positionals;
const unknown = wanted.filter((suite) => !suites.includes(suite));
if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(', ')}; expected one of ${suites.join(', ')}`);
  process.exit(2);
}

function print({ suite, cases, aims }: BenchResult): void {
  console.log(`\n${suite}`);
  for (const { name, values: figures } of cases) {
    const text = Object.entries(figures).map(
      ([unit, value]) => `${unit} ${Number.isInteger(value) ? value : value.toFixed(2)}`,
    );
    console.log(`  ${name.padEnd(48)} ${text.join('   ')}`);
  }
  for (const { name, value, aim, holds } of aims) {
    console.log(
      `  ${holds ? 'pass ' : 'short'} ${name}: ${Number.isInteger(value) ? value : value.toFixed(2)}, aim ${aim}`,
    );
  }
}

const results: BenchResult[] = [];
for (const suite of wanted) {
  const { run } = (await import(`./${suite}/suite.ts`)) as { run(options: BenchOptions): Promise<BenchResult> };
  const result = await run({ small: values.small });
  results.push(result);
  print(result);
}
if (values.json) for (const result of results) console.log(JSON.stringify(result));
