import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addAlluvium } from '../../../lib/alluvium-app.ts';
import { esbuildBundler } from '../../../lib/constructs/function-bundle.ts';
import { parseSettings } from '../../../lib/settings-file.ts';
import { dataSets } from '../columnar/data-sets.ts';

const root = join(import.meta.dirname, '../../..');

export const topic = { name: 'analytics-events', partitions: 4 };
export const tableName = 'analytics_events';

const columns = dataSets.wide.schema.fields.map(({ name, type }) => ({ name, type }));

/** Settings that a bench has besides: of the environment, its source, its table, its functions. */
export interface BenchSettings {
  wakeWindow?: string;
  source?: object;
  table?: object;
  functions?: object;
}

/** One topic into one table; but for columns and latency, everything is as it is where nothing is said. */
const settingsWith = ({ source = {}, table = {}, ...environment }: BenchSettings) => ({
  ...environment,
  retainData: false,
  clusters: { broker: { kind: 'selfManaged', bootstrapServers: ['127.0.0.1:19092'] } },
  sources: {
    analytics: {
      kafka: { cluster: 'broker', topic: topic.name, partitions: topic.partitions },
      table: tableName,
      ...source,
    },
  },
  tables: { [tableName]: { schema: columns, latency: '10s', ...table } },
  maintenance: {
    optimize: { schedule: 'never' },
    vacuum: { schedule: 'never' },
    logCleanup: { schedule: 'never' },
    repair: { schedule: 'never' },
  },
});

/** Writes a cloud assembly of an environment of its own, with bundles for this machine. */
export function assemble(folder: string, besides: BenchSettings = {}): void {
  const app = new App({ outdir: folder });
  const parsed = parseSettings(JSON.stringify(settingsWith(besides)), { file: 'pipeline bench', environment: 'bench' });
  addAlluvium(app, { root, settings: parsed, bundler: esbuildBundler(root, 'here') });
  app.synth();
}
