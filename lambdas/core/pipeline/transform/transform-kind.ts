import type { JmesNode, TransformNode } from '#contract/transform-expression.ts';
import { isTransformFunction } from '#contract/transform-functions.ts';
import type { MetadataName } from '#contract/transform-metadata.ts';
import type { FunctionUnit } from './transform-functions.ts';

/** What an expression comes to, where it is simple enough to be run on columns. */
export type SimpleTransform =
  | { kind: 'constant'; node: TransformNode }
  | { kind: 'metadata'; name: MetadataName }
  | { kind: 'field'; path: readonly string[] }
  | { kind: 'substring'; path: readonly string[]; start: number; length: number; mayLack: boolean }
  | { kind: 'instant'; path: readonly string[]; unit: FunctionUnit; mayLack: boolean }
  | { kind: 'epoch'; path: readonly string[]; unit: FunctionUnit; mayLack: boolean }
  | { kind: 'millisToMicros'; path: readonly string[]; mayLack: boolean };

/** The simple transform that an expression is; nothing where it is none. `a && f(a)`: a function of a field that may lack. */
export function simpleTransform(node: TransformNode): SimpleTransform | undefined {
  switch (node.type) {
    case 'Metadata':
      return { kind: 'metadata', name: node.name };
    case 'Literal':
      return { kind: 'constant', node };
    case 'Function':
      return functionOf(node, false);
    case 'AndExpression': {
      const guarded = pathOf(node.left);
      const called = node.right.type === 'Function' ? functionOf(node.right, true) : undefined;
      const isGuarded = called !== undefined && isSamePath(guarded, pathOf(firstArgument(node.right)));
      return isGuarded ? called : undefined;
    }
    default: {
      const path = pathOf(node);
      return path && { kind: 'field', path };
    }
  }
}

const firstArgument = (node: JmesNode): JmesNode | undefined =>
  node.type === 'Function' ? node.children[0] : undefined;

const isSamePath = (left: readonly string[] | undefined, right: readonly string[] | undefined): boolean =>
  left !== undefined && left.length === right?.length && left.every((name, index) => name === right[index]);

function functionOf(
  { name, children }: Extract<JmesNode, { type: 'Function' }>,
  mayLack: boolean,
): SimpleTransform | undefined {
  const [argument, ...more] = children;
  const path = pathOf(argument);
  if (path === undefined || !isTransformFunction(name)) return undefined;
  switch (name) {
    case 'substr': {
      const [start, length] = more.map(wholeNumber);
      return start === undefined || length === undefined
        ? undefined
        : { kind: 'substring', path, start, length, mayLack };
    }
    case 'epoch_seconds_to_iso8601':
      return { kind: 'instant', path, unit: 'seconds', mayLack };
    case 'epoch_millis_to_iso8601':
      return { kind: 'instant', path, unit: 'millis', mayLack };
    case 'epoch_micros_to_iso8601':
      return { kind: 'instant', path, unit: 'micros', mayLack };
    case 'epoch_nanos_to_iso8601':
      return undefined;
    case 'epoch_millis_to_micro':
      return { kind: 'millisToMicros', path, mayLack };
    case 'iso8601_to_epoch_seconds':
      return { kind: 'epoch', path, unit: 'seconds', mayLack };
    case 'iso8601_to_epoch_millis':
      return { kind: 'epoch', path, unit: 'millis', mayLack };
    case 'iso8601_to_epoch_micros':
      return { kind: 'epoch', path, unit: 'micros', mayLack };
  }
}

const wholeNumber = (node: JmesNode): number | undefined =>
  node.type === 'Literal' && typeof node.value === 'number' && Number.isSafeInteger(node.value) && node.value >= 0
    ? node.value
    : undefined;

/** Names of fields from the root: of `a.b.c`. */
function pathOf(node: TransformNode | undefined): readonly string[] | undefined {
  if (node?.type === 'Field') return [node.name];
  if (node?.type !== 'Subexpression' || node.right.type !== 'Field') return undefined;
  const outer = pathOf(node.left);
  return outer && [...outer, node.right.name];
}
