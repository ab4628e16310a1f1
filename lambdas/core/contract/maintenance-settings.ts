import { z } from 'zod';

const scheduleText = z
  .string()
  .regex(
    /^(never|rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\(\S+( \S+){5}\))$/,
    'expected rate(1 day), rate(6 hours), cron(0 3 * * ? *) or never',
  )
  .refine((text) => !text.startsWith('cron(') || daysOf(text).filter((field) => field === '?').length === 1, {
    message: 'expected ? as the day of the month or as the day of the week, and as one of them alone',
  })
  .refine((text) => !text.startsWith('cron(') || fieldsOf(text).every(isInRange), {
    message:
      'expected minutes of 0 to 59, hours of 0 to 23, days of 1 to 31, months of 1 to 12, days of the week of 1 to 7, years of 1970 to 2199',
  });

const fieldsOf = (cron: string): string[] => cron.slice('cron('.length, -1).split(' ');

/** Of a cron expression, the day of the month and the day of the week. */
function daysOf(text: string): (string | undefined)[] {
  const fields = fieldsOf(text);
  return [fields[2], fields[4]];
}

/** Of the fields in their order. */
const ranges: readonly (readonly [least: number, most: number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
  [1970, 2199],
];

/** Steps (`0/15`) and counts (`MON#2`) are numbers of another kind. */
function isInRange(field: string, index: number): boolean {
  const [least, most] = ranges[index] as (typeof ranges)[number];
  return (field.match(/(?<![/#\d])\d+/g) ?? []).every((text) => Number(text) >= least && Number(text) <= most);
}

/** How often a noun of `contract/maintenance.ts` looks after every table. */
const maintenance = <More extends z.ZodRawShape>(schedule: string, does: string, more: More) =>
  z
    .strictObject({
      schedule: scheduleText
        .default(schedule)
        .describe(`When ${does}: as EventBridge writes it, in UTC, or \`never\`, which leaves it to operators.`),
      tablesAtOnce: z.int().min(1).max(40).default(5).describe('Tables looked after at one time.'),
      ...more,
    })
    .prefault({} as never)
    .describe(`One machine for all tables: ${does}.`);

/** How tables are looked after. */
export const maintenanceSettings = z.strictObject({
  optimize: maintenance('rate(6 hours)', 'small files become large ones', {
    binsAtOnce: z.int().min(1).max(1_000).default(10).describe('Files of one table that are written at one time.'),
  }),
  vacuum: maintenance('rate(1 day)', 'files that no retained version names are deleted', {}),
  logCleanup: maintenance('rate(1 day)', 'versions past their retention leave the log', {}),
  repair: maintenance('rate(1 day)', 'files that are gone from S3 leave the log', {}),
});
