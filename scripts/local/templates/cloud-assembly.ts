import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
}

/** The parts of a CloudFormation template that are read here. */
export interface Template {
  Parameters?: Record<string, { Default?: unknown }>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Resources?: Record<string, TemplateResource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
}

export interface StackTemplate {
  name: string;
  region: string;
  account: string;
  template: Template;
  /** Folder or file of each asset, by its hash. */
  assets: ReadonlyMap<string, string>;
}

interface Manifest {
  artifacts?: Record<string, Artifact>;
}

interface Artifact {
  type: string;
  environment?: string;
  properties?: { templateFile?: string; stackName?: string; file?: string; directoryName?: string };
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string } }>;
}

/** Account and region of a stack that names none. */
const localAccount = '000000000000';
const localRegion = 'us-east-1';

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** Stacks of a cloud assembly (a `cdk.out` folder), those of nested assemblies included. */
export function readAssembly(folder: string): StackTemplate[] {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) throw new Error(`expected a cloud assembly in ${folder}, found no manifest.json`);
  const artifacts = Object.entries(readJson<Manifest>(path).artifacts ?? {});
  const assets = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest') continue;
    for (const [hash, { source }] of Object.entries(
      readJson<AssetManifest>(join(folder, properties!.file!)).files ?? {},
    )) {
      if (source.path !== undefined) assets.set(hash, resolve(folder, source.path));
    }
  }
  return artifacts.flatMap(([id, { type, environment, properties }]) => {
    if (type === 'cdk:cloud-assembly') return readAssembly(join(folder, properties!.directoryName!));
    if (type !== 'aws:cloudformation:stack') return [];
    const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(environment ?? '') ?? [];
    return [
      {
        name: properties!.stackName ?? id,
        region: region === undefined || region === 'unknown-region' ? localRegion : region,
        account: account === undefined || account === 'unknown-account' ? localAccount : account,
        template: readJson<Template>(join(folder, properties!.templateFile!)),
        assets,
      },
    ];
  });
}
