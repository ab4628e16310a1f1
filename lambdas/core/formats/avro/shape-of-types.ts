import type { AvroRecord, AvroType } from './avro-schema.ts';

/** Whether a record is met within itself. `open`: the records around. */
export const holdsItself = (record: AvroRecord, open: readonly AvroRecord[]): boolean => open.includes(record);

/** A union's members that have values. */
export const valueMembers = (members: readonly AvroType[]): readonly AvroType[] =>
  members.filter(({ kind }) => kind !== 'null');

/**
 * Names of a union's members as fields of a struct: those that Avro's JSON has for them, without namespaces where that
 * leaves them different without regard to case.
 */
export function memberNames(members: readonly AvroType[]): readonly string[] {
  const full = members.map((member) => ('name' in member ? member.name : member.kind));
  const short = full.map((name) => name.slice(name.lastIndexOf('.') + 1));
  return short.map((name, index) => {
    const key = name.toLowerCase();
    const isAlone = short.every((other, at) => at === index || other.toLowerCase() !== key);
    return isAlone ? name : (full[index] as string).replaceAll('.', '_');
  });
}
