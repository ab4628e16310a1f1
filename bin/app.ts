/** The CDK app: one environment's stacks. `cdk synth --all -c env=<name>`, and any setting by `-c <key.path>=<value>`. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addAlluvium } from '../lib/alluvium-app.ts';
import { esbuildBundler } from '../lib/constructs/function-bundle.ts';
import { overridesIn } from '../lib/overrides.ts';
import { SettingsError } from '../lib/settings-error.ts';
import { readSettings } from '../lib/settings-file.ts';

const root = join(import.meta.dirname, '..');

try {
  const app = new App();
  const settings = readSettings(root, app.node.tryGetContext('env'), overridesIn(app.node.getAllContext()));
  const target = settings.environment === 'local' ? 'here' : 'lambda';
  addAlluvium(app, { root, settings, bundler: esbuildBundler(root, target) });
  app.synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
