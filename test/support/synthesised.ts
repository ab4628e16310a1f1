import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Settings } from '#contract/settings.ts';
import { addAlluvium } from '../../lib/alluvium-app.ts';
import { type Override, readSettings } from '../../lib/settings-file.ts';

const project = join(import.meta.dirname, '../..');
const handlers = readdirSync(join(project, 'lambdas')).filter((folder) => folder !== 'core');

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Export: { Name: string } }>;
}

export interface Synthesised {
  settings: Settings;
  /** Resources by logical id of the stack that `room` names. */
  resources(room: string): Record<string, Resource>;
  /** Names of the values that the stack exports to others, sorted. */
  exports(room: string): string[];
  /** Every resource of one type, whatever its stack. */
  ofType(type: string): Resource[];
}

/** The settings of an environment in `config/`, as the app would read them. */
export const settingsOf = (environment: string, overrides: readonly Override[] = []): Settings =>
  readSettings(project, environment, overrides);

/** Synthesises all stacks as bin/app.ts does, cdk-nag included, with bundles that hold nothing. Throws what synthesis throws. */
export function synthesise(settings: Settings): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'alluvium-synth-'));
  /** CDK takes a stack trace for each construct; test runners make them long. */
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 5;
  try {
    for (const handler of handlers) mkdirSync(join(folder, 'lambdas', handler), { recursive: true });
    const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8'));
    const app = new App({ outdir: join(folder, 'out'), context: { ...context, 'aws:cdk:disable-stack-trace': true } });
    addAlluvium(app, {
      root: folder,
      settings,
      bundler: (name, outputFolder) => writeFileSync(join(outputFolder, 'index.mjs'), `// ${name}`),
    });
    const { stacks } = app.synth();
    const templates = new Map<string, Template>(stacks.map(({ stackName, template }) => [stackName, template]));
    const named = (room: string) => templates.get(`alluvium-${settings.environment}-${room}`);
    for (const stack of stacks) {
      const findings = stack.messages.filter(({ level }) => level !== 'info');
      if (findings.length > 0) {
        throw new Error(`${stack.stackName}: expected no warning, got ${findings.map(({ entry }) => entry.data)}`);
      }
    }
    return {
      settings,
      resources: (room) => named(room)?.Resources ?? {},
      exports: (room) =>
        Object.values(named(room)?.Outputs ?? {})
          .map(({ Export }) => Export.Name)
          .sort(),
      ofType: (type) =>
        [...templates.values()].flatMap(({ Resources }) =>
          Object.values(Resources).filter((resource) => resource.Type === type),
        ),
    };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    rmSync(folder, { recursive: true, force: true });
  }
}
