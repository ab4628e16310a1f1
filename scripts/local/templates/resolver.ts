import type { StackTemplate } from './cloud-assembly.ts';
import {
  attributeOf,
  generatedName,
  namePropertyOf,
  type PhysicalResource,
  refOf,
  resourceOf,
} from './physical-resource.ts';

/** Stands for `AWS::NoValue`: the property that holds it is left out. */
const noValue = Symbol('AWS::NoValue');

/** Resolves the intrinsic functions of templates to the values that this machine gives their resources. */
export class Resolver {
  readonly #exports = new Map<string, { stack: StackTemplate; value: unknown }>();

  constructor(stacks: readonly StackTemplate[]) {
    for (const stack of stacks) {
      for (const { Value: value, Export } of Object.values(stack.template.Outputs ?? {})) {
        if (Export !== undefined) this.#exports.set(this.text(Export.Name, stack), { stack, value });
      }
    }
  }

  /** A value of a template with every intrinsic function replaced by its result. */
  resolve(value: unknown, stack: StackTemplate): unknown {
    const resolved = this.#resolve(value, stack);
    return resolved === noValue ? undefined : resolved;
  }

  text(value: unknown, stack: StackTemplate): string {
    const resolved = this.resolve(value, stack);
    if (typeof resolved === 'string' || typeof resolved === 'number') return String(resolved);
    throw new Error(
      `stack ${stack.name}: expected text, got ${JSON.stringify(resolved)} from ${JSON.stringify(value)}`,
    );
  }

  nameOf(resource: PhysicalResource): string {
    const property = namePropertyOf(resource.type);
    const given = property === undefined ? undefined : resource.properties[property];
    return given === undefined ? generatedName(resource) : this.text(given, resource.stack);
  }

  arnOf(resource: PhysicalResource): string {
    return attributeOf(resource, this.nameOf(resource), 'Arn');
  }

  /** Whether the stack has the resource: its condition, if any, holds. */
  isPresent(condition: string | undefined, stack: StackTemplate): boolean {
    return condition === undefined || this.#condition(condition, stack);
  }

  #resolve(value: unknown, stack: StackTemplate): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item, stack)).filter((item) => item !== noValue);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [key, argument] = entries[0] ?? [];
    if (entries.length === 1 && (key === 'Ref' || key!.startsWith('Fn::')))
      return this.#intrinsic(key!, argument, stack);
    return Object.fromEntries(
      entries.map(([name, item]) => [name, this.#resolve(item, stack)]).filter(([, item]) => item !== noValue),
    );
  }

  #intrinsic(name: string, argument: unknown, stack: StackTemplate): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(argument as string, stack);
      case 'Fn::GetAtt': {
        const [logicalId, ...attribute] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
        return this.#attribute(logicalId!, attribute.join('.'), stack);
      }
      case 'Fn::Sub':
        return this.#substitute(argument, stack);
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return (this.#resolve(parts, stack) as unknown[]).map((part) => this.text(part, stack)).join(separator);
      }
      case 'Fn::Split': {
        const [separator, whole] = argument as [string, unknown];
        return this.text(whole, stack).split(separator);
      }
      case 'Fn::Select': {
        const [index, list] = argument as [unknown, unknown];
        return (this.#resolve(list, stack) as unknown[])[Number(this.#resolve(index, stack))];
      }
      case 'Fn::If': {
        const [condition, whenTrue, whenFalse] = argument as [string, unknown, unknown];
        return this.#resolve(this.#condition(condition, stack) ? whenTrue : whenFalse, stack);
      }
      case 'Fn::FindInMap': {
        const [map, first, second] = (argument as unknown[]).map((part) => this.text(part, stack));
        return stack.template.Mappings?.[map!]?.[first!]?.[second!];
      }
      case 'Fn::ImportValue': {
        const exportName = this.text(argument, stack);
        const exported = this.#exports.get(exportName);
        if (exported === undefined)
          throw new Error(`stack ${stack.name}: expected an export ${exportName}, no stack has it`);
        return this.#resolve(exported.value, exported.stack);
      }
      default:
        throw new Error(`stack ${stack.name}: ${name} is not supported on this machine`);
    }
  }

  #ref(name: string, stack: StackTemplate): unknown {
    switch (name) {
      case 'AWS::Region':
        return stack.region;
      case 'AWS::AccountId':
        return stack.account;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.name;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${stack.region}:${stack.account}:stack/${stack.name}/local`;
      case 'AWS::NoValue':
        return noValue;
    }
    const parameter = stack.template.Parameters?.[name];
    if (parameter !== undefined) return parameter.Default;
    const resource = this.#resource(name, stack);
    return refOf(resource, this.nameOf(resource));
  }

  #attribute(logicalId: string, attribute: string, stack: StackTemplate): string {
    const resource = this.#resource(logicalId, stack);
    return attributeOf(resource, this.nameOf(resource), attribute);
  }

  #resource(logicalId: string, stack: StackTemplate): PhysicalResource {
    const resource = stack.template.Resources?.[logicalId];
    if (resource === undefined) throw new Error(`stack ${stack.name}: expected a resource ${logicalId}, found none`);
    return resourceOf(stack, logicalId, resource);
  }

  #substitute(argument: unknown, stack: StackTemplate): string {
    const [format, given] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
    return format.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      if (name in given) return this.text(given[name], stack);
      const dot = name.indexOf('.');
      return dot < 0
        ? this.text(this.#ref(name, stack), stack)
        : this.#attribute(name.slice(0, dot), name.slice(dot + 1), stack);
    });
  }

  #condition(condition: unknown, stack: StackTemplate): boolean {
    if (typeof condition === 'string') {
      const definition = stack.template.Conditions?.[condition];
      if (definition === undefined)
        throw new Error(`stack ${stack.name}: expected a condition ${condition}, found none`);
      return this.#condition(definition, stack);
    }
    const [[name, argument]] = Object.entries(condition as Record<string, unknown>) as [[string, unknown]];
    switch (name) {
      case 'Condition':
        return this.#condition(argument, stack);
      case 'Fn::Equals': {
        const [left, right] = argument as [unknown, unknown];
        return this.text(left, stack) === this.text(right, stack);
      }
      case 'Fn::Not':
        return !this.#condition((argument as unknown[])[0], stack);
      case 'Fn::And':
        return (argument as unknown[]).every((part) => this.#condition(part, stack));
      case 'Fn::Or':
        return (argument as unknown[]).some((part) => this.#condition(part, stack));
      default:
        throw new Error(`stack ${stack.name}: ${name} is not supported in conditions on this machine`);
    }
  }
}
