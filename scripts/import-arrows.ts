import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Rooms by path, the longest prefix first; a file belongs to the first that matches. */
const rooms = [
  'lambdas/core/contract',
  'lambdas/core/delta',
  'lambdas/core/columnar',
  'lambdas/core/formats',
  'lambdas/core/pipeline',
  'lambdas/core/adapters',
  'lambdas',
  'lib',
  'bin',
  'scripts/local',
  'scripts/cli',
  'scripts',
] as const;
type Room = (typeof rooms)[number];

const core: Room[] = ['lambdas/core/contract', 'lambdas/core/delta'];
const shaping: Room[] = [...core, 'lambdas/core/columnar', 'lambdas/core/formats'];
const using: Room[] = [...shaping, 'lambdas/core/pipeline', 'lambdas/core/adapters'];

/** Which rooms a room may import besides itself (docs/architecture.md, "Where things live"). */
const arrows: Record<Room, readonly Room[]> = {
  'lambdas/core/contract': [],
  'lambdas/core/delta': ['lambdas/core/contract'],
  'lambdas/core/columnar': core,
  'lambdas/core/formats': core,
  'lambdas/core/pipeline': shaping,
  'lambdas/core/adapters': [...shaping, 'lambdas/core/pipeline'],
  lambdas: using,
  lib: ['lambdas/core/contract'],
  bin: ['lib', 'scripts/cli', 'lambdas/core/contract'],
  'scripts/local': ['lambdas/core/contract'],
  'scripts/cli': using,
  scripts: [...using, 'lambdas', 'lib', 'scripts/local', 'scripts/cli'],
};

/** Packages that only some rooms may import. */
const packages: { name: RegExp; rooms: readonly Room[]; reason: string }[] = [
  {
    name: /^(@aws-sdk|@smithy)\//,
    rooms: ['lambdas/core/adapters', 'lambdas', 'scripts/local', 'scripts'],
    reason: 'the AWS SDK belongs to adapters/aws',
  },
  {
    name: /^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/,
    rooms: ['lib', 'bin', 'scripts'],
    reason: 'infrastructure belongs to lib',
  },
  {
    name: /^hysnappy(\/|$)/,
    rooms: ['lambdas/core/columnar', 'lambdas/core/formats', 'lambdas', 'scripts', 'scripts/local'],
    reason: 'Snappy belongs to columnar and to the envelopes of formats',
  },
  {
    name: /^(apache-arrow|parquet-wasm|hyparquet.*)(\/|$)/,
    rooms: ['lambdas/core/columnar', 'lambdas', 'scripts', 'scripts/local'],
    reason: 'Parquet belongs to columnar',
  },
  {
    name: /^@(azure|google-cloud)\//,
    rooms: ['lambdas/core/adapters'],
    reason: 'the clouds belong to their folders of adapters',
  },
  {
    name: /^@duckdb\//,
    rooms: ['lambdas/core/adapters', 'scripts', 'scripts/local'],
    reason: 'DuckDB belongs to adapters/duckdb',
  },
];

const nodeBuiltInsForbidden: readonly Room[] = ['lambdas/core/contract', 'lambdas/core/delta', 'lambdas/core/pipeline'];

export interface ForbiddenImport {
  from: string;
  to: string;
  reason: string;
}

const roomOf = (path: string): Room | undefined => rooms.find((room) => path.startsWith(`${room}/`));

/** AssemblyScript, which is no TypeScript to esbuild. */
const kernel = 'lambdas/core/columnar/kernel/assembly/';

function sources(root: string): string[] {
  return ['bin', 'lib', 'lambdas', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
      .filter((file) => !file.startsWith(kernel)),
  );
}

/** esbuild drops type imports; as bare imports they stay visible. */
const keepTypeImports: Plugin = {
  name: 'keep-type-imports',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      loader: 'ts',
      contents: (await readFile(path, 'utf8')).replace(/^(import|export) type\b[^'";]*?\bfrom\b/gm, 'import'),
    }));
  },
};

/** Imports (types included) that cross rooms against the arrows; found by esbuild's own resolution. */
export async function forbiddenImports(root: string): Promise<ForbiddenImport[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: sources(root),
    bundle: true,
    write: false,
    outdir: 'unused',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    logLevel: 'error',
    loader: { '.wasm': 'empty' },
    plugins: [keepTypeImports],
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  const found: ForbiddenImport[] = [];
  for (const [from, { imports }] of Object.entries(metafile.inputs)) {
    const room = roomOf(from);
    if (room === undefined) continue;
    for (const { path, external } of imports) {
      const reason = external ? packageReason(room, path) : fileReason(room, path);
      if (reason !== undefined) found.push({ from, to: path, reason });
    }
  }
  return found;
}

function packageReason(room: Room, name: string): string | undefined {
  if (name.startsWith('node:') && nodeBuiltInsForbidden.includes(room)) return `${room} has no Node built-ins`;
  return packages.find((rule) => rule.name.test(name) && !rule.rooms.includes(room))?.reason;
}

function fileReason(room: Room, path: string): string | undefined {
  const target = roomOf(path);
  if (target === undefined || target === room || arrows[room].includes(target)) return undefined;
  return `${room} may import ${arrows[room].join(', ') || 'nothing'}`;
}
