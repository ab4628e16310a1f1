import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Verb } from '../../scripts/cli/verb.ts';

/* What README.md and docs/ link and name is there: files and headings, settings, commands with their options, scripts. */
const root = join(import.meta.dirname, '../..');
const documents = ['README.md', ...globSync('docs/*.md', { cwd: root })];
const textOf = (document: string): string => readFileSync(join(root, document), 'utf8');

/** Headings' anchors, as GitHub makes them. */
const anchorsOf = (document: string): Set<string> =>
  new Set(
    [...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/ /g, '-'),
    ),
  );

test.each(documents)('%s links what is there', (document) => {
  const links = [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? document : relative(root, join(root, dirname(document), file));
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchorsOf(path).has(anchor);
    });
  expect(broken).toEqual([]);
});

test.each(documents)('%s names files and folders that there are', (document) => {
  const rooms = 'lambdas|lib|bin|scripts|test|config|docs|contract|delta|columnar|formats|pipeline|adapters';
  const named = [...textOf(document).matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]*)\``, 'g'))].map(
    ([, path = '']) => path,
  );
  const gone = named.filter((path) => !['', 'lambdas/core'].some((folder) => existsSync(join(root, folder, path))));
  expect(gone).toEqual([]);
});

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  anyOf?: Schema[];
  $defs?: Record<string, Schema>;
}

const settings: Schema = JSON.parse(readFileSync(join(root, 'config/settings.schema.json'), 'utf8'));

/** Whether a settings file may have a key of this path: a name of one's own stands in `<…>`. */
function isSetting(path: readonly string[], schema: Schema = settings): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  const defined = schema.$ref?.replace('#/$defs/', '');
  const own = /^<.*>$|^\*$/.test(first);
  const { additionalProperties: other } = schema;
  const next = [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => (own || key === first ? [value] : [])),
    ...(typeof other === 'object' ? [other] : []),
  ];
  return (
    next.some((each) => isSetting(rest, each)) ||
    (other === true && schema.properties === undefined) ||
    [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].some((each) => isSetting(path, each)) ||
    (defined !== undefined && isSetting(path, settings.$defs?.[defined]))
  );
}

test('a setting is told from what is none', () => {
  for (const path of ['tables.<name>.coalesce.maxTime', 'sources.clicks.kafka.topic', 'functions.commit.memoryMiB']) {
    expect(isSetting(path.split('.')), path).toBe(true);
  }
  for (const path of ['tables.<name>.coalesce.maxTimes', 'sources.clicks.kafka.topics', 'functions.comit.memoryMiB']) {
    expect(isSetting(path.split('.')), path).toBe(false);
  }
});

test.each(documents)('%s names settings that there are', (document) => {
  const rooms = Object.keys(settings.properties ?? {}).join('|');
  const keys = [...textOf(document).matchAll(new RegExp(`\`((?:${rooms})(?:\\.[\\w<>*-]+)+)\``, 'g'))]
    .map(([, key = '']) => key)
    .filter((key) => !/\.(md|ts|yaml|json)$/.test(key));
  expect(keys.filter((key) => !isSetting(key.split('.')))).toEqual([]);
});

describe('commands', () => {
  const verbs = new Map<string, Verb>();
  beforeAll(async () => {
    for (const file of globSync('scripts/cli/*.ts', { cwd: root })) {
      for (const exported of Object.values<unknown>(await import(join(root, file)))) {
        const verb = exported as Partial<Verb> | null;
        if (typeof verb?.usage === 'string' && typeof verb.run === 'function') {
          verbs.set(verb.usage.split(' ')[0] as string, verb as Verb);
        }
      }
    }
    expect(verbs.size).toBeGreaterThan(15);
  });

  test.each(documents)('%s gives verbs and options that there are', (document) => {
    const wrong = [...textOf(document).matchAll(/(?:npx |`)alluvium ([a-z][a-z-]+)([^`\n#]*)/g)].filter(
      ([, name = '', rest = '']) => {
        const verb = verbs.get(name);
        const options = [...rest.matchAll(/(?<=\s)--[a-z-]+/g)].map(([option]) => option);
        return verb === undefined || options.some((option) => !verb.usage.includes(option));
      },
    );
    expect(wrong.map(([command]) => command)).toEqual([]);
  });
});

test('every script of package.json is told of in the documents, and no other', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const all = documents.map(textOf).join('\n');
  const told = new Set([...all.matchAll(/npm (?:run )?(start|test|(?<=run )[a-z]+)/g)].map(([, script]) => script));
  expect([...told].sort()).toEqual(Object.keys(scripts).sort());
});
