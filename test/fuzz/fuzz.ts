/**
 * `npm run fuzz -- scanner|encoder|<format> [--seconds N] [--from SEED] [--seed SEED] [--keep]`: random cases from seeds, until one breaks.
 * `--keep` adds what the scanner's fuzzing finds to the cases of `npm test`.
 */
import { parseArgs } from 'node:util';
import { fuzzEncoder } from './encoder/fuzz-encoder.ts';
import { keepFind } from './finds.ts';
import { fuzzedFormats } from './formats/formats.ts';
import { fuzzFormat } from './formats/fuzz-formats.ts';
import { fuzzScanner, recordsText } from './scanner/fuzz-scanner.ts';

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    from: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const ms = values.seed === undefined ? Number(values.seconds) * 1000 : 0;
const firstSeed = Number(values.seed ?? values.from ?? Math.floor(Date.now() / 1000));
if (!Number.isSafeInteger(firstSeed) || !(ms >= 0)) {
  console.error(`expected numbers for --seconds, --from and --seed, got ${JSON.stringify(values)}`);
  process.exit(2);
}

const startedMs = performance.now();
const summary = (what: string, nextSeed: number): string =>
  `${what} of seeds ${firstSeed} to ${nextSeed - 1} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`;

/** Answers whether nothing was found. */
const targets: Record<string, () => boolean | Promise<boolean>> = {
  scanner() {
    const { nextSeed, records, scanned, found } = fuzzScanner(firstSeed, ms);
    console.log(`${summary(`${records} records`, nextSeed)}, ${scanned} scanned, the rest left to the parser`);
    if (found === undefined) return true;
    console.log(`\nseed ${found.seed}: ${found.difference.message}`);
    console.log(`columns ${JSON.stringify(found.case.schema.fields)}`);
    console.log(`records\n${recordsText(found.case)}`);
    if (values.keep) keepFind(found.case, found.difference.message);
    return false;
  },
  async encoder() {
    const { nextSeed, files, values: read, found } = await fuzzEncoder(firstSeed, ms);
    console.log(`${summary(`${files} files with ${read} values`, nextSeed)}`);
    if (found === undefined) return true;
    console.log(`\nseed ${found.seed}: ${found.message}`);
    console.log(`${found.rows} rows of columns ${JSON.stringify(found.fields)}`);
    return false;
  },
};
for (const [name, format] of Object.entries(fuzzedFormats)) {
  targets[name] = async () => {
    const { nextSeed, payloads, records, rows, deadLetters, slowestMs, found } = await fuzzFormat(
      format,
      firstSeed,
      ms,
    );
    console.log(
      `${summary(`${payloads} payloads`, nextSeed)}, ${records} decoded, the slowest in ${slowestMs.toFixed(0)} ms`,
    );
    console.log(`through a table: ${rows} rows, ${deadLetters} dead letters`);
    if (found === undefined) return true;
    console.log(`\nseed ${found.seed}: ${found.message}`);
    console.log(`${found.settings}\npayload in base64: ${found.payload}`);
    return false;
  };
}
const [name] = positionals;
const target = name === undefined ? undefined : targets[name];
if (target === undefined) {
  console.error(`unknown target ${name ?? '(none)'}; expected one of ${Object.keys(targets).join(', ')}`);
  process.exit(2);
}
const isClean = await target();
if (isClean) console.log('nothing found');
process.exitCode = isClean ? 0 : 1;
