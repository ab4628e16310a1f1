import { z } from 'zod';
import { namePattern } from './table-names.ts';

/** The name of a source or a table. */
export const name = z
  .string()
  .regex(namePattern, 'expected a lower-case name of letters, digits, _ and -, 63 characters at most');

/** What `tables` is keyed by: a table's name, or a pattern for names that routes make, in which one `*` stands for any characters. */
export const tableKey = z
  .string()
  .regex(
    /^(?=.{1,63}$)[a-z*][a-z0-9_-]*\*?[a-z0-9_-]*$/,
    'expected a lower-case name of letters, digits, _ and -, in which one * may stand for any characters, 63 at most',
  )
  .regex(/^[^*]*\*?[^*]*$/, 'expected one * at most');
