/** `npm run check`: format and lint (Biome), types (tsc), import arrows, generated files. Runs all, then fails if any did. */
import { spawnSync } from 'node:child_process';
import { generatedFiles } from './generated-files.ts';
import { forbiddenImports } from './import-arrows.ts';

const run = (name: string, args: string[]): boolean => {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  return status === 0;
};

const results = [
  run('format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']),
  run('types', ['node_modules/typescript/bin/tsc', '--noEmit']),
];
const forbidden = await forbiddenImports(process.cwd());
for (const { from, to, reason } of forbidden) console.log(`${from} imports ${to}: ${reason}`);
console.log(`${forbidden.length === 0 ? 'ok  ' : 'FAIL'} import arrows`);
results.push(forbidden.length === 0);
const stale = (await generatedFiles(process.cwd())).filter(({ expected, found }) => expected !== found);
for (const { path } of stale) console.log(`${path}: expected what the schema of settings says: run npm run generate`);
console.log(`${stale.length === 0 ? 'ok  ' : 'FAIL'} generated files`);
results.push(stale.length === 0);
process.exitCode = results.every(Boolean) ? 0 : 1;
