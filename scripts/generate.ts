/** `npm run generate`: writes what follows from the schema of settings; `npm run check` fails while it is stale. */
import { writeFile } from 'node:fs/promises';
import { generatedFiles } from './generated-files.ts';

for (const { path, expected, found } of await generatedFiles(process.cwd())) {
  if (expected !== found) await writeFile(path, expected);
  console.log(`${expected === found ? 'fresh  ' : 'written'} ${path}`);
}
