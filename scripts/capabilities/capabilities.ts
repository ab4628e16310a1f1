/** `npm run capabilities`: runs the tests of capabilities and writes docs/capabilities.md from their results. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capabilitiesPage } from './page.ts';
import { capabilities, isNeeded } from './rows.ts';
import { capabilityTests, readTestResults, rowsOf, type TestResult } from './test-results.ts';

const usage = `npm run capabilities -- [options]
  --results <file>   take the results of a run before, by vitest's JSON reporter, instead of running tests; may be repeated
  --check            fail where docs/capabilities.md is not what follows, instead of writing it
  --json             end with one line of JSON: {"rows": [{id, state, test, doc}]}
  --help             print this

It fails when a row of K, D1 to D9 or P is open.`;

const root = join(import.meta.dirname, '../..');
const page = 'docs/capabilities.md';
const withinMs = 900_000;

const { values } = parseArgs({
  options: {
    results: { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(usage);
else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const given = values.results?.map((file) => readTestResults(file, root));
  const results = given === undefined ? await runTests() : (await Promise.all(given)).flat();
  const rows = rowsOf(capabilities, results);
  const text = capabilitiesPage(capabilities, rows);
  const found = await readFile(join(root, page), 'utf8').catch(() => '');
  const isStale = values.check && found !== text;
  if (!values.check) await writeFile(join(root, page), text);

  for (const { id, reason } of rows) if (reason !== undefined) console.log(`open ${id}: ${reason}`);
  const missing = rows.filter(({ id, state }) => state === 'open' && isNeeded(id));
  const open = rows.filter(({ state }) => state === 'open').length;
  console.log(`${rows.length - open} of ${rows.length} capabilities work`);
  if (missing.length > 0) console.log(`expected these to work: ${missing.map(({ id }) => id).join(', ')}`);
  if (isStale) console.log(`${page}: expected what the results say: run npm run capabilities`);
  if (values.json) {
    const told = rows.map(({ id, state, test, doc }) => ({ id, state, test: test.join(' '), doc: `docs/${doc}` }));
    console.log(JSON.stringify({ rows: told }));
  }
  return missing.length === 0 && !isStale;
}

/** Standard output is for what is said at the end. */
async function runTests(): Promise<TestResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'alluvium-capabilities-'));
  const report = join(folder, 'report.json');
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', capabilityTests];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    await new Promise<void>((resolve, reject) => {
      spawn(process.execPath, [...vitest, ...reporters], { cwd: root, stdio: ['ignore', 2, 2], timeout: withinMs })
        .once('error', reject)
        .once('close', (status, signal) => {
          if (status === null) reject(new Error(`expected the tests to end within ${withinMs} ms, got ${signal}`));
          else resolve();
        });
    });
    return await readTestResults(report, root);
  } finally {
    await rm(folder, { recursive: true });
  }
}
