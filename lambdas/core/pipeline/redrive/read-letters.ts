import { scanBatches } from '#columnar/read/scan-table.ts';
import { letterColumns } from '#contract/dead-letter-table.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { openTableFiles } from '#delta/live-files.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { bindPredicate } from '#delta/predicate.ts';
import { parseSchema } from '#delta/schema.ts';
import { type Letter, letterOf } from './letter.ts';
import { isMeant, type LetterFilter, letterPredicate } from './letter-filter.ts';

/** Letters of a table that a filter means, as the latest version has them; none where the table has no log yet. */
export async function* readLetters(
  store: ObjectStore,
  codec: CheckpointReader,
  filter: LetterFilter,
): AsyncGenerator<Letter> {
  const table = await openTableFiles(store, codec);
  if (table === undefined) return;
  const { metaData } = table.state;
  const schema = parseSchema(metaData.schemaString);
  const predicate = bindPredicate(letterPredicate(filter), schema);
  const present = new Set(schema.fields.map(({ name }) => name));
  const columns = letterColumns.filter((name) => present.has(name));
  const scanned = { metaData, files: table.files({ predicate }) };
  for await (const rows of scanBatches(store, scanned, { columns, predicate })) {
    for (const row of rows) {
      const letter = letterOf(row);
      if (isMeant(letter, filter)) yield letter;
    }
  }
}
