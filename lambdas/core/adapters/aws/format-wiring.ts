import { Buffer } from 'node:buffer';
import type { RegistrySettings } from '#contract/registry-settings.ts';
import type { Settings } from '#contract/settings.ts';
import type { FormatPorts } from '#formats/format-ports.ts';
import type { SchemaRegistry } from '#formats/registry.ts';
import { cachedRegistry } from '../registries/cached-registry.ts';
import type { RegistryServer } from '../registries/confluent-registry.ts';
import type { HttpAccess } from '../registries/http-get.ts';

/** What formats ask for, from an environment's settings. A registry's client is loaded when a schema is first asked for. */
export function formatPorts({
  registries,
  schemaFiles = {},
}: Pick<Settings, 'registries' | 'schemaFiles'>): FormatPorts {
  const made = new Map<string, SchemaRegistry>();
  return {
    registryOf(name) {
      const settings = registries[name];
      if (settings === undefined) throw new Error(`registry ${name}: expected it among the settings' registries`);
      const registry =
        made.get(name) ??
        cachedRegistry(laterRegistry(settings), { clock: Date.now, unknownForMs: settings.unknownForMs });
      made.set(name, registry);
      return registry;
    },
    schemaFile(path) {
      const base64 = schemaFiles[path];
      if (base64 === undefined) throw new Error(`${path}: expected the schema file to be read with the settings`);
      return Buffer.from(base64, 'base64');
    },
  };
}

function laterRegistry(settings: RegistrySettings): SchemaRegistry {
  let registry: Promise<SchemaRegistry> | undefined;
  return {
    async schemaById(id) {
      registry ??= loadRegistry(settings);
      return (await registry).schemaById(id);
    },
  };
}

async function loadRegistry(settings: RegistrySettings): Promise<SchemaRegistry> {
  switch (settings.kind) {
    case 'confluent': {
      const { confluentRegistry } = await import('../registries/confluent-registry.ts');
      return confluentRegistry({ ...settings, ...accessOf(settings.secretArn) });
    }
    case 'rest': {
      const { restRegistry } = await import('../registries/rest-registry.ts');
      return restRegistry({ ...settings, ...accessOf(settings.secretArn) });
    }
    case 'glue': {
      const [{ glueSchemaRegistry }, { glueClient }] = await Promise.all([
        import('./glue-schema-registry.ts'),
        import('./glue-client.ts'),
      ]);
      return glueSchemaRegistry(glueClient(settings.timeoutMs));
    }
  }
}

/** A secret is read once, and again where it could not be read or no longer lets in. */
function accessOf(secretArn: string | undefined): Pick<RegistryServer, 'access' | 'refused'> {
  let access: Promise<HttpAccess> | undefined;
  const refused = () => {
    access = undefined;
  };
  return {
    refused,
    access() {
      access ??= readAccess(secretArn).catch((error: unknown) => {
        refused();
        throw error;
      });
      return access;
    },
  };
}

async function readAccess(secretArn: string | undefined): Promise<HttpAccess> {
  if (secretArn === undefined) return { headers: {} };
  const [{ readSecret }, { registryAccess }] = await Promise.all([
    import('./read-secret.ts'),
    import('../registries/registry-secret.ts'),
  ]);
  return registryAccess(await readSecret(secretArn));
}
