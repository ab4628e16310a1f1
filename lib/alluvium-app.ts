import { type App, Aspects, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Settings } from '#contract/settings.ts';
import { PinnedMappings } from './aspects/pinned-mappings.ts';
import { type Bundler, FunctionBundles } from './constructs/function-bundle.ts';
import type { Environment } from './environment.ts';
import { namesOf } from './names.ts';
import { CommitStack } from './stacks/commit-stack.ts';
import { IngestStack } from './stacks/ingest-stack.ts';
import { MaintenanceStack } from './stacks/maintenance-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { StorageStack } from './stacks/storage-stack.ts';

export interface AlluviumProps {
  /** The project's folder: where `lambdas/` lies. */
  root: string;
  settings: Settings;
  bundler: Bundler;
}

/** Adds the stacks of one environment to `app`, and the checks that they must pass. */
export function addAlluvium(app: App, { root, settings, bundler }: AlluviumProps): void {
  const names = namesOf(settings);
  const environment: Environment = { settings, names, bundles: new FunctionBundles(root, settings, bundler) };
  const common = {
    environment,
    env: { region: settings.region, ...(settings.account === undefined ? {} : { account: settings.account }) },
  };
  const storage = new StorageStack(app, names.stack('storage'), {
    ...common,
    description: 'Alluvium: the lake, its ledger and the log of Delta commits',
    terminationProtection: settings.retainData,
  });
  new IngestStack(app, names.stack('ingest'), {
    ...common,
    description: 'Alluvium: sources and the functions that read them',
    lake: storage,
  });
  const maintenance = new MaintenanceStack(app, names.stack('maintenance'), {
    ...common,
    description: 'Alluvium: functions that look after tables',
    storage,
  });
  new CommitStack(app, names.stack('commit'), {
    ...common,
    description: 'Alluvium: from staged manifests to versions of tables',
    storage,
    maintenance,
  });
  new ObservabilityStack(app, names.stack('observability'), {
    ...common,
    description: 'Alluvium: dashboard and alarms',
  });
  Aspects.of(app).add(new PinnedMappings());
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
