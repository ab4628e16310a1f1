/** Makes test/golden anew, or the tables named, with Spark and deltalake, which `.ci/run` installs: for whoever adds one there. */
import { join } from 'node:path';
import { makeGolden } from './python.ts';

console.log(await makeGolden(join(import.meta.dirname, '../../golden'), process.argv.slice(2)));
