import { parseArgs } from 'node:util';
import { OptionsError } from './start-error.ts';

/** What `npm start` is asked to do. */
export interface StartOptions {
  /** Stop when everything is drained, instead of at Ctrl-C. */
  once: boolean;
  /** Clear the data folder first. */
  fresh: boolean;
  /** Generated analytics events to add. */
  events: number;
  /** Send generated analytics events at a rate, instead of the samples. */
  pace?: { perSecond: number; seconds: number };
  /** Kill function processes as this seed has it. */
  chaosSeed?: number;
  /** Samples of each source to send; all of them as a rule. */
  samples: number;
  dataFolder: string;
  /** Take any free ports instead of the usual ones. */
  freePorts: boolean;
}

export const usage = `npm start -- [options]
  --once                   stop when everything is drained
  --fresh                  clear the data folder first
  --events <n>             add n generated analytics events; an unfinished lot of n from an earlier run is finished instead
  --rate <n> --seconds <n> send n generated analytics events a second for as long, instead of the samples
  --chaos <seed>           kill function processes while records flow
  --samples <n>            send at most n samples of each source
  --data-folder <folder>   where everything is kept; .local without it
  --free-ports             take any free ports: see endpoints.json in the data folder
  --help                   print this

Samples are sent once for each data folder, some of them broken on purpose: those become dead letters.`;

export function parseStartOptions(args: readonly string[]): StartOptions {
  const values = parse(args);
  const rate = count('rate', values.rate);
  const seconds = count('seconds', values.seconds);
  if ((rate === undefined) !== (seconds === undefined)) {
    throw new OptionsError('expected --rate and --seconds together, got one of them');
  }
  const chaosSeed = count('chaos', values.chaos);
  return {
    once: values.once ?? false,
    fresh: values.fresh ?? false,
    events: count('events', values.events) ?? 0,
    ...(rate === undefined || seconds === undefined ? {} : { pace: { perSecond: rate, seconds } }),
    ...(chaosSeed === undefined ? {} : { chaosSeed }),
    samples: count('samples', values.samples) ?? Number.POSITIVE_INFINITY,
    dataFolder: values['data-folder'] ?? '.local',
    freePorts: values['free-ports'] ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        once: { type: 'boolean' },
        fresh: { type: 'boolean' },
        events: { type: 'string' },
        rate: { type: 'string' },
        seconds: { type: 'string' },
        chaos: { type: 'string' },
        samples: { type: 'string' },
        'data-folder': { type: 'string' },
        'free-ports': { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw new OptionsError((cause as Error).message, { cause });
  }
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new OptionsError(`--${name}: expected a whole number, got ${text}`);
  return Number(text);
}
