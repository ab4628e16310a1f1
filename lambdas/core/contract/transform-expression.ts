import { compile, TreeInterpreter } from '@jmespath-community/jmespath';
import { isTransformFunction, transformFunctions } from './transform-functions.ts';
import {
  type ExpressionUse,
  headerMetadata,
  isMetadataGroup,
  type MetadataGroup,
  type MetadataName,
  metadataGroupsFor,
  metadataNamed,
  metadataNames,
  type SourceKind,
} from './transform-metadata.ts';

/** A part of an expression, as the library parses it. */
export type JmesNode = ReturnType<typeof compile>;

/** A part of an expression, or what the record's metadata says in its place. */
export type TransformNode = JmesNode | { readonly type: 'Metadata'; readonly name: MetadataName };

/** An expression that no record could pass: it does not parse, or asks for what there is not. */
export class ExpressionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExpressionError';
  }
}

/**
 * Parses an expression: JMESPath in its community's specification (https://jmespath.site), whose functions are joined by
 * `transformFunctions`, and in which a path from the root that begins with `kafka.`, `kinesis.`, `ingest.` or `schema.` is the
 * record's metadata, not its payload's.
 *
 * @param kind of the source: its records have the metadata of that name, besides `ingest` and `schema`.
 * @throws {ExpressionError}
 */
export const parseExpression = (text: string, kind: SourceKind): TransformNode =>
  parsedFor(text, { kind, isOfDeadLetter: false });

/** The same for columns of dead letters, which may ask for `error.class`, `error.message` … besides. */
export const parseDeadLetterExpression = (text: string, kind: SourceKind): TransformNode =>
  parsedFor(text, { kind, isOfDeadLetter: true });

function parsedFor(text: string, use: ExpressionUse): TransformNode {
  let parsed: JmesNode;
  try {
    parsed = compile(text);
  } catch (cause) {
    throw new ExpressionError(`expected an expression of JMESPath: ${(cause as Error).message}`, { cause });
  }
  return checked(parsed, true, use);
}

/** The expression with its metadata found. `atRoot`: what it reads is the whole record. */
function checked(node: JmesNode, atRoot: boolean, use: ExpressionUse): TransformNode {
  const same = (child: JmesNode): JmesNode => checked(child, atRoot, use) as JmesNode;
  const inner = (child: JmesNode): JmesNode => checked(child, false, use) as JmesNode;
  switch (node.type) {
    case 'Field':
      if (atRoot && isMetadataGroup(node.name, use)) throw unknownMetadata(node.name, use);
      return node;
    case 'Subexpression':
      if (atRoot && node.left.type === 'Field' && isMetadataGroup(node.left.name, use)) {
        return metadata(node.left.name, node.right, use);
      }
      if (atRoot && use.kind === 'kafka' && isHeaders(node.left) && node.right.type === 'Field') {
        return { type: 'Metadata', name: headerMetadata(node.right.name) };
      }
      return { ...node, left: same(node.left), right: inner(node.right) };
    case 'IndexExpression':
    case 'Projection':
    case 'ValueProjection':
    case 'Pipe':
      return { ...node, left: same(node.left), right: inner(node.right) };
    case 'FilterProjection':
      return { ...node, left: same(node.left), right: inner(node.right), condition: inner(node.condition) };
    case 'AndExpression':
    case 'OrExpression':
    case 'Comparator':
    case 'Arithmetic':
      return { ...node, left: same(node.left), right: same(node.right) };
    case 'Ternary':
      return {
        ...node,
        condition: same(node.condition),
        trueExpr: same(node.trueExpr),
        falseExpr: same(node.falseExpr),
      };
    case 'Flatten':
    case 'NotExpression':
      return { ...node, child: same(node.child) };
    case 'ExpressionReference':
      return { ...node, child: inner(node.child) };
    case 'Unary':
      return { ...node, operand: same(node.operand) };
    case 'Function':
      checkCall(node.name, node.children);
      if (node.name === nowInSeconds) return checked(compile(meaningOfNow), true, use);
      return { ...node, children: node.children.map(same) };
    case 'MultiSelectList':
      return { ...node, children: node.children.map(same) };
    case 'MultiSelectHash':
      return { ...node, children: node.children.map((pair) => ({ ...pair, value: same(pair.value) })) };
    case 'LetExpression':
      return {
        ...node,
        bindings: node.bindings.map((binding) => ({ ...binding, reference: same(binding.reference) })),
        expression: same(node.expression),
      };
    case 'Binding':
      return { ...node, reference: same(node.reference) };
    case 'Index':
    case 'Slice':
    case 'Literal':
    case 'Variable':
    case 'Current':
    case 'Identity':
    case 'Root':
      return node;
  }
}

/** A function of kafka-delta-ingest, and what it comes to here. */
const nowInSeconds = 'now_epoch_seconds';
const meaningOfNow = 'ingest.timestamp // `1000000`';

/** `kafka.headers`, of which one is to be asked for by name. */
const isHeaders = (node: JmesNode): boolean =>
  node.type === 'Subexpression' &&
  node.left.type === 'Field' &&
  node.left.name === 'kafka' &&
  node.right.type === 'Field' &&
  node.right.name === 'headers';

function metadata(group: MetadataGroup, right: JmesNode, use: ExpressionUse): TransformNode {
  const last = right.type === 'Field' ? right.name : undefined;
  const name = last === undefined ? undefined : metadataNamed(group, last);
  if (name === undefined || !metadataGroupsFor(use).includes(group)) {
    throw unknownMetadata(last === undefined ? group : `${group}.${last}`, use);
  }
  return { type: 'Metadata', name };
}

const unknownMetadata = (name: string, use: ExpressionUse): ExpressionError => {
  const known = metadataGroupsFor(use).flatMap((group) => [
    ...metadataNames[group].map((last) => `${group}.${last}`),
    ...(group === 'kafka' ? [headerMetadata('<name>')] : []),
  ]);
  return new ExpressionError(
    `expected metadata that this source's records have (${known.join(', ')}), or @.${name} for a field of the payload; found ${name}`,
  );
};

interface Parameter {
  optional?: boolean;
  variadic?: boolean;
}

/** How many arguments a function takes; nothing where there is no such function. */
function parametersOf(name: string): readonly Parameter[] | undefined {
  if (name === nowInSeconds) return [];
  if (isTransformFunction(name)) return transformFunctions[name].map(() => ({}));
  const table = TreeInterpreter.runtime._functionTable;
  return Object.hasOwn(table, name) ? table[name]?._signature : undefined;
}

function checkCall(name: string, given: readonly JmesNode[]): void {
  const parameters = parametersOf(name);
  if (parameters === undefined) throw new ExpressionError(`expected a function that there is; found ${name}()`);
  const least = parameters.filter(({ optional }) => optional !== true).length;
  const most = parameters.at(-1)?.variadic === true ? Number.POSITIVE_INFINITY : parameters.length;
  if (given.length < least || given.length > most) {
    const wanted = most === least ? `${least}` : most > parameters.length ? `at least ${least}` : `${least} to ${most}`;
    throw new ExpressionError(
      `expected ${name}() with ${wanted} argument${wanted === '1' || wanted === 'at least 1' ? '' : 's'}; found ${given.length}`,
    );
  }
  if (!isTransformFunction(name)) return;
  for (const [index, kind] of transformFunctions[name].entries()) {
    const argument = given[index];
    if (argument?.type === 'Literal' && typeof argument.value !== kind) {
      throw new ExpressionError(
        `expected a ${kind} as argument ${index + 1} of ${name}(); found ${JSON.stringify(argument.value)}`,
      );
    }
  }
}
