/** Child process: optimizes the table in a folder. Arguments: the folder, and the table's `optimize` settings as JSON. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { peakMiB } from '../peak-memory.ts';

const [folder, optimize] = process.argv.slice(2) as [string, string];
const { tables } = settingsSchema.parse({ sources: {}, tables: { t: { optimize: JSON.parse(optimize) } } });
const objects = fileObjectStore(folder);
const log = { objects, logStore: conditionalLogStore(objects) };

const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
const { outcomes, failures } = await optimizeTable(
  { tableName: 't', dryRun: false },
  {
    settings: { tables },
    logOf: () => log,
    codec: checkpointCodec,
    rewriter: duckdbRewriter({ temporaryFolder: tmpdir(), memoryMiB: 1024, threads: 2 }),
    clock: Date.now,
    ids: randomUUID,
    measurements: { count: () => undefined },
  },
);
const { user, system } = process.cpuUsage(cpuBefore);
if (failures[0] !== undefined) throw failures[0];
const merged = outcomes.flatMap((outcome) => (outcome.kind === 'merged' ? [outcome] : []));
console.log(
  JSON.stringify({
    ms: performance.now() - startedMs,
    cpuMs: (user + system) / 1000,
    peakMiB: peakMiB(),
    filesBefore: merged.reduce((sum, { files }) => sum + files, 0),
    filesAfter: merged.reduce((sum, { outputs }) => sum + outputs, 0),
    MiB: merged.reduce((sum, { bytesOut }) => sum + bytesOut, 0) / 1024 ** 2,
  }),
);
