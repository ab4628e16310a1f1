import { parseArgs } from 'node:util';
import { type DeadLetters, openDeadLetters } from './dead-letters.ts';
import { filterOf, filterOptions, limitOf } from './letter-options.ts';
import { letterDetails, letterJson, letterLine, letterLineColumns } from './letter-text.ts';
import { redriveVerb } from './redrive.ts';
import { textTable } from './text-table.ts';
import { UsageError, type Verb } from './verb.ts';

const actions = ['list', 'show', 'redrive'] as const;
type Action = (typeof actions)[number];

const isAction = (text: string | undefined): text is Action => actions.some((action) => action === text);

const options = { ...filterOptions, env: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

export const dlq: Verb = {
  usage:
    'dlq list | show | redrive --env <environment> [--source <name>] [--table <name>] [--error <class>] [--partition <id>] [--from <position>] [--to <position>] [--since <instant>] [--until <instant>] [--limit <letters>] [--json]',
  purpose:
    'dead letters, of those that the options name: lists them, shows them whole, or makes rows of them by the settings as they are now, each once. What fails again stays a dead letter; poison is left alone unless --error Poison names it',
  async run(args, root) {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [action, ...more] = positionals;
    if (values.env === undefined || !isAction(action) || more.length > 0) {
      throw new UsageError(`expected ${this.usage}, got dlq ${args.join(' ')}`);
    }
    const filter = filterOf(values);
    const letters = openDeadLetters(root, values.env);
    const limit = limitOf(values.limit);
    switch (action) {
      case 'list':
        return values.json
          ? jsonLines(letters, letters.read(filter, limit), false)
          : textTable(letterLineColumns, cellsOf(letters, letters.read(filter, limit)));
      case 'show':
        return values.json
          ? jsonLines(letters, letters.read(filter, limit), true)
          : detailsOf(letters, letters.read(filter, limit));
      case 'redrive':
        return redriveVerb(letters, { filter, limit, asJson: values.json });
    }
  },
};

type Letters = ReturnType<DeadLetters['read']>;

async function* jsonLines({ redriven }: DeadLetters, letters: Letters, isWhole: boolean): AsyncGenerator<string> {
  for await (const letter of letters) yield JSON.stringify(letterJson(letter, await redriven.has(letter), isWhole));
}

async function* cellsOf({ redriven }: DeadLetters, letters: Letters): AsyncGenerator<string[]> {
  for await (const letter of letters) yield letterLine(letter, await redriven.has(letter));
}

async function* detailsOf({ redriven }: DeadLetters, letters: Letters): AsyncGenerator<string> {
  for await (const letter of letters) yield* letterDetails(letter, await redriven.has(letter));
}
