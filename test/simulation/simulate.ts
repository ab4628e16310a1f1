/** `npm run simulate -- [--seeds N] [--from SEED] [--without GUARD] [--seed SEED] [--parted]`: histories from seeds, until one breaks. */
import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.ts';
import { type Guard, guards } from './scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    without: { type: 'string' },
    parted: { type: 'boolean', default: false },
  },
});

const guard = values.without as Guard | undefined;
if (guard !== undefined && !guards.includes(guard)) {
  console.error(`unknown guard ${guard}; expected one of ${guards.join(', ')}`);
  process.exit(2);
}
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds ?? (guard === undefined ? 500 : 200)) : 1;
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  console.error(`expected whole numbers for --seeds, --from and --seed, got ${JSON.stringify(values)}`);
  process.exit(2);
}

const startedMs = Date.now();
let steps = 0;
let broke = false;
for (let seed = first; seed < first + count && !broke; seed++) {
  const outcome = await runSeed(seed, guard, { parted: values.parted });
  steps += outcome.steps;
  if (outcome.broken !== undefined) {
    broke = true;
    for (const line of outcome.history) console.log(line);
    console.log(`\nseed ${seed}${guard === undefined ? '' : ` without ${guard}`}: ${outcome.broken}`);
    console.log(`scenario ${JSON.stringify(outcome.scenario)}`);
  } else if (values.seed !== undefined) {
    for (const line of outcome.history) console.log(line);
  }
}
if (!broke) {
  const elapsedS = (Date.now() - startedMs) / 1000;
  console.log(`${count} seeds held, ${steps} steps in ${elapsedS.toFixed(1)} s`);
}
process.exitCode = broke ? 1 : 0;
