import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Audit } from '../../../../scripts/local/audit/audit.ts';
import { makeReport, writeReport } from '../../../../scripts/local/report/report.ts';
import { auditText, tablesText } from '../../../../scripts/local/report/report-text.ts';

const audit: Audit = {
  balanced: false,
  sources: {
    a: { in: 1_234, rows: 1_230, deadLetters: 2, dropped: { tombstones: 1 }, missing: 1, duplicated: 0, strayed: 0 },
  },
  tables: { events: { path: '/data/tables/events', version: 7, files: 12, rows: 1_230 } },
  unreadable: [],
  freshnessMs: { p50: 900, p99: 2_500 },
  findings: [{ kind: 'missing', source: 'a', partition: '0', position: '17' }],
};
const about = { nowMs: Date.UTC(2026, 0, 1), tableOf: () => 'events', redelivered: () => 5 };
const chaos = {
  seed: 9,
  kills: 12,
  whileRunning: 11,
  ingest: { kills: 6, whileRunning: 6 },
  commit: { kills: 5, whileRunning: 5 },
};

test('the report is the audit with tables and redeliveries, and is what the file holds', async () => {
  const report = makeReport(audit, about, chaos);
  expect(report).toMatchObject({
    balanced: false,
    sources: { a: { in: 1_234, table: 'events', redelivered: 5 } },
    chaos,
  });
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  await writeReport(folder, report);
  expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toEqual(report);
  await rm(folder, { recursive: true });
});

test('freshness is null when nothing arrived, chaos is absent when there was none', () => {
  const { freshnessMs, ...rest } = audit;
  expect(freshnessMs).toBeDefined();
  const report = makeReport(rest, about, undefined);
  expect(report.freshnessMs).toBeNull();
  expect(report).not.toHaveProperty('chaos');
});

test('the screen says what the report holds', () => {
  const text = auditText(makeReport(audit, about, chaos));
  expect(text).toMatch(/1,234 +1,230 +2 +0 +1 +5 +1 +0 +0$/m);
  expect(text).toContain('p50 900 ms, p99 2500 ms');
  expect(text).toContain('missing: a/0 at 17');
  expect(text).toContain('11 of them running an invocation (ingest 6, commit 5)');
  expect(text.endsWith('NOT BALANCED.')).toBe(true);
  expect(auditText(makeReport({ ...audit, balanced: true, findings: [] }, about, undefined))).toMatch(/Balanced: /);
});

test('what is stuck is named with its cause, and nothing is called balanced', () => {
  const cause = 'source a: 7 records wait';
  const report = makeReport({ ...audit, balanced: true, findings: [] }, { ...about, stuck: [cause] }, undefined);
  expect(report).toMatchObject({ balanced: false, stuck: [cause] });
  expect(auditText(report)).toContain(`STUCK: nothing moves any more.\n  ${cause}\nNOT BALANCED.`);
});

test('what an operator restored away is said where the balance is spoilt, and how much is not listed', () => {
  const tables = { events: { ...audit.tables.events!, restores: [{ version: 7, to: 'version 3' }] } };
  const text = auditText(makeReport({ ...audit, tables, moreFindings: 1_480 }, about, undefined));
  expect(text).toContain(
    "  missing: a/0 at 17\n  … and 1,480 more\nTable events was restored to version 3 by version 7: rows committed between are gone by an operator's word.\nNOT BALANCED.",
  );
  const balanced = makeReport({ ...audit, tables, balanced: true, findings: [] }, about, undefined);
  expect(auditText(balanced)).not.toContain('restored');
});

test('a table that cannot be read is named, and absent from the report when all can', () => {
  const reason = 'table events: versions have a gap';
  const report = makeReport({ ...audit, unreadable: [reason] }, about, undefined);
  expect(report.unreadable).toEqual([reason]);
  expect(auditText(report)).toContain(`UNREADABLE: ${reason}\n`);
  expect(makeReport(audit, about, undefined)).not.toHaveProperty('unreadable');
});

test('each table comes with its folder and three queries to paste', () => {
  const text = tablesText(makeReport(audit, about, undefined));
  expect(text).toContain('events: version 7, 12 files, 1,230 rows');
  expect(text).toContain("delta_scan('/data/tables/events')");
  expect(text).toContain("polars.scan_delta('/data/tables/events')");
  expect(text).toContain('delta.\\`/data/tables/events\\`');
});
