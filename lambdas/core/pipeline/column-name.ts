export { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
