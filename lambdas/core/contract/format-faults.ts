import type { FormatSettings } from './format-settings.ts';
import type { RegistrySettings } from './registry-settings.ts';

/** The kind of registries that has the schemas of payloads. */
function kindOf({ kind, framing }: Extract<FormatSettings, { registry?: unknown }>): RegistrySettings['kind'] {
  if (framing === 'glue') return 'glue';
  return kind === 'msgpack' ? 'rest' : 'confluent';
}

/** What is wrong with a format's registry; nothing where it is one that its framing goes with. */
export function registryFault(
  format: FormatSettings,
  registries: Readonly<Record<string, RegistrySettings>>,
): string | undefined {
  if (!('registry' in format) || format.registry === undefined) return undefined;
  const registry = Object.hasOwn(registries, format.registry) ? registries[format.registry] : undefined;
  if (registry === undefined) return `expected a registry named under registries; got "${format.registry}"`;
  const kind = kindOf(format);
  if (registry.kind === kind) return undefined;
  return `expected a registry of kind ${kind} for ${format.kind} with framing ${format.framing}; got "${format.registry}" of kind ${registry.kind}`;
}
