import type { RegistrySettings } from '#contract/registry-settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { acknowledge } from '../acknowledge.ts';
import { allowSecret } from '../grants.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/** What a source's function does on the way to the schemas of its payloads: read a registry's secret, or ask Glue. */
export function allowRegistry(
  reader: PipelineFunction,
  { format }: SourceSettings,
  registries: Readonly<Record<string, RegistrySettings>>,
): void {
  const registry = 'registry' in format && format.registry !== undefined ? registries[format.registry] : undefined;
  switch (registry?.kind) {
    case undefined:
      return;
    case 'glue':
      reader.allow(['glue:GetSchemaVersion'], ['*']);
      acknowledge(reader, {
        'AwsSolutions-IAM5[Resource::*]': 'A schema version is asked for by its id alone, which is of no ARN.',
      });
      return;
    case 'confluent':
    case 'rest':
      allowSecret(reader, registry);
  }
}
