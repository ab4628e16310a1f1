import { type JSONValue, TreeInterpreter } from '@jmespath-community/jmespath';
import type { JmesNode, TransformNode } from '#contract/transform-expression.ts';
import { isTransformFunction } from '#contract/transform-functions.ts';
import type { MetadataName } from '#contract/transform-metadata.ts';
import { NumberToken } from '#formats/decoded-value.ts';
import { type PathValue, TextToken } from './path-value.ts';
import { registerFunctions } from './transform-library.ts';

type Scope = { withScope(scope: object): Scope };
/** Parts of the library that its types keep to themselves. */
interface Internals {
  _scope: Scope;
  runtime: {
    getTypeName(value: unknown): number | undefined;
    callFunction(name: string, args: unknown[]): JSONValue;
  };
}

const BaseInterpreter = TreeInterpreter.constructor as new () => typeof TreeInterpreter;
type Visited = ReturnType<(typeof TreeInterpreter)['visit']>;

/** An expression that stands for an argument, told from a payload's object that happens to have a field `expref`. */
class ExpressionArgument {
  readonly expref = true;
}

/** Functions that pass on what they are given; the others get doubles and strings. */
const keepsTexts: ReadonlySet<string> = new Set(['not_null', 'to_array']);
const keepsNumbers: ReadonlySet<string> = new Set([...keepsTexts, 'to_number', 'to_string']);

const withoutNumber = (value: unknown): unknown => (value instanceof NumberToken ? Number(value.text) : value);
const withoutText = (value: unknown): unknown => (value instanceof TextToken ? value.text : value);

const literal = (value: unknown): JmesNode => ({ type: 'Literal', value: value as JSONValue });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof NumberToken) &&
  !(value instanceof TextToken);

/** The value with its numbers as doubles, and its bytes and times as strings. */
export function withDoubles(value: unknown): JSONValue {
  if (value instanceof NumberToken) return Number(value.text);
  if (value instanceof TextToken) return value.text;
  if (Array.isArray(value)) return value.map(withDoubles);
  if (!isObject(value)) return value as JSONValue;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withDoubles(inner)]));
}

/**
 * The library's interpreter for records with values that JSON does not hold exactly: what an expression passes on stays as it is, what it
 * compares or computes with becomes a double or a string. Fields are own properties alone, whatever their names.
 */
export class TransformInterpreter extends BaseInterpreter {
  #metadata: (name: MetadataName) => PathValue = () => null;

  constructor() {
    super();
    const { runtime } = this as unknown as Internals;
    const typeOf = runtime.getTypeName.bind(runtime);
    runtime.getTypeName = (value) => {
      if (value instanceof NumberToken) return typeOf(0);
      if (value instanceof TextToken) return typeOf('');
      return isObject(value) && !(value instanceof ExpressionArgument) ? typeOf({}) : typeOf(value);
    };
    const call = runtime.callFunction.bind(runtime);
    runtime.callFunction = (name, args) => {
      const texts = keepsTexts.has(name) ? args : args.map(withoutText);
      return call(name, isTransformFunction(name) || keepsNumbers.has(name) ? texts : texts.map(withoutNumber));
    };
    registerFunctions(this, withDoubles);
  }

  /** What the expression makes of a record. @throws {Error} where a function is given what it does not take. */
  evaluate(node: TransformNode, record: PathValue, metadata: (name: MetadataName) => PathValue): PathValue {
    this.#metadata = metadata;
    return this.search(node as JmesNode, record as JSONValue) as PathValue;
  }

  override visit(node: TransformNode, value: Parameters<(typeof TreeInterpreter)['visit']>[1]): Visited {
    switch (node.type) {
      case 'Metadata':
        return this.#metadata(node.name) as Visited;
      case 'Field':
        return isObject(value) && Object.hasOwn(value, node.name) ? ((value[node.name] ?? null) as Visited) : null;
      case 'Slice':
        return super.visit(node, withoutText(value) as JSONValue);
      case 'ValueProjection':
        return super.visit({ ...node, left: literal(this.#object(this.visit(node.left, value))) }, value);
      case 'Comparator':
      case 'Arithmetic': {
        const left = literal(withDoubles(this.visit(node.left, value)));
        const right = literal(withDoubles(this.visit(node.right, value)));
        return super.visit({ ...node, left, right }, value);
      }
      case 'Unary':
        return super.visit({ ...node, operand: literal(withDoubles(this.visit(node.operand, value))) }, value);
      case 'ExpressionReference':
        return Object.assign(new ExpressionArgument(), node.child) as unknown as Visited;
      case 'LetExpression': {
        const self = this as unknown as Internals;
        const outer = self._scope;
        const bound = node.bindings.map(({ variable, reference }) => [variable, this.visit(reference, value)]);
        self._scope = outer.withScope(Object.fromEntries(bound));
        try {
          return this.visit(node.expression, value);
        } finally {
          self._scope = outer;
        }
      }
      default:
        return super.visit(node, value);
    }
  }

  #object(value: unknown): unknown {
    return isObject(value) ? value : null;
  }
}
