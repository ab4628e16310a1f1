import type { RouteSettings } from './route-settings.ts';
import { mayMeet } from './table-names.ts';

/** What is in braces in a route's table. */
const braced = /\{([^{}]*)\}/g;

/** The placeholders of a route's table, in their order. */
export const placeholdersOf = (table: string): string[] =>
  [...table.matchAll(braced)].map(([, named]) => named as string);

/** What a route's table comes to: texts and placeholders in turn, a text first and last. */
export const templateParts = (table: string): string[] => table.split(braced);

/** A source's way to its tables: one table, or a route. */
export interface Destination {
  table?: string | undefined;
  route?: RouteSettings | undefined;
}

/** What a source's records are meant for, before it is known of each: its table, or its route's with the placeholders. */
export const destinationOf = ({ table, route }: Destination): string => table ?? route?.table ?? '';

/** Names that a source's records may come to, as a pattern: `*` for each placeholder of its route. */
export const destinationPattern = (destination: Destination): string => destinationOf(destination).replace(braced, '*');

/** Keys of `tables` that a source's records may come to. */
export const tableKeysOf = ({ table, route }: Destination, tables: Readonly<Record<string, unknown>>): string[] => {
  if (route === undefined) return table === undefined ? [] : [table];
  return Object.keys(tables).filter((key) => mayMeet(key, destinationPattern({ route })));
};
