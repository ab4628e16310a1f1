/** `npm run fuzz -- scanner [--seconds N] [--from SEED] [--seed SEED] [--keep]`: random cases from seeds, until one breaks. */
import { parseArgs } from 'node:util';
import { keepFind } from './finds.ts';
import { fuzzScanner, recordsText } from './scanner/fuzz-scanner.ts';

const targets = ['scanner'] as const;

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    from: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [target] = positionals as [(typeof targets)[number]?];
const seconds = values.seed === undefined ? Number(values.seconds) : 0;
const firstSeed = Number(values.seed ?? values.from ?? Math.floor(Date.now() / 1000));
if (target === undefined || !targets.includes(target)) {
  console.error(`unknown target ${target ?? '(none)'}; expected one of ${targets.join(', ')}`);
  process.exit(2);
}
if (!Number.isSafeInteger(firstSeed) || !(seconds >= 0)) {
  console.error(`expected numbers for --seconds, --from and --seed, got ${JSON.stringify(values)}`);
  process.exit(2);
}

const startedMs = performance.now();
const { nextSeed, records, scanned, found } = fuzzScanner(firstSeed, seconds * 1000);
const elapsedS = (performance.now() - startedMs) / 1000;
console.log(
  `${records} records of seeds ${firstSeed} to ${nextSeed - 1} in ${elapsedS.toFixed(1)} s, ${scanned} scanned, the rest left to the parser`,
);
if (found === undefined) console.log('no difference');
else {
  console.log(`\nseed ${found.seed}: ${found.difference.message}`);
  console.log(`columns ${JSON.stringify(found.case.schema.fields)}`);
  console.log(`records\n${recordsText(found.case)}`);
  if (values.keep) keepFind(found.case, found.difference.message);
}
process.exitCode = found === undefined ? 0 : 1;
