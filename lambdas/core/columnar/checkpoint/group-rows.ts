import type { SchemaTree } from 'hyparquet';
import type { LeafPage, LeafPages } from '../read/leaf-pages.ts';

/** Values of one node of a schema, row by row. */
export interface NodeReader {
  /** The next row's value; `undefined` for null. */
  read(): unknown;
  /** Passes over the next row. */
  skip(): void;
  /** Definition level of the next row's first leaf. */
  peek(): number;
}

/**
 * Reads a node row by row: groups as objects without what is null, maps as objects by their texts, lists as arrays.
 * `leafAt` gives a leaf's pages, or `undefined` for one that is not wanted; a node without wanted leaves has no reader.
 *
 * @throws {Error} for lists and maps within each other.
 */
export function nodeReader(
  node: SchemaTree,
  leafAt: (path: readonly string[]) => LeafPages | undefined,
  above = 0,
): NodeReader | undefined {
  const { element, children, path } = node;
  const level = above + (element.repetition_type === 'REQUIRED' ? 0 : 1);
  if (children.length === 0) {
    const leaf = leafAt(path);
    return leaf && new LeafReader(leaf);
  }
  const inner = children[0] as SchemaTree;
  if (inner.element.repetition_type === 'REPEATED' && children.length === 1) {
    const isPair = inner.children.length === 2;
    const parts = inner.children.length === 0 ? [inner] : inner.children;
    const leaves = parts.map((part) => leafAt(part.path));
    if (leaves.some((leaf) => leaf === undefined)) return undefined;
    if (parts.some((part) => part.children.length > 0)) {
      throw new Error(`${path.join('.')}: expected a list or map of plain values`);
    }
    const [first, second] = leaves as LeafPages[];
    return isPair
      ? new MapReader(new LeafReader(first!), new LeafReader(second!), level)
      : new ListReader(new LeafReader(first!), level);
  }
  const members = children.flatMap((child) => {
    const reader = nodeReader(child, leafAt, level);
    return reader === undefined ? [] : [{ name: child.element.name, reader }];
  });
  return members.length === 0 ? undefined : new GroupReader(members, level);
}

const noPage: LeafPage = { levels: 0, definition: [], repetition: [], values: [] };

class LeafReader implements NodeReader {
  readonly #pages: LeafPages;
  #page = noPage;
  #level = 0;
  #value = 0;

  constructor(pages: LeafPages) {
    this.#pages = pages;
  }

  peek(): number {
    if (this.#level === this.#page.levels && !this.#turn())
      throw new Error('expected another row, the pages are at their end');
    const { definition } = this.#page;
    return definition.length === 0 ? this.#pages.maxDefinition : (definition[this.#level] as number);
  }

  /** Whether the next level begins another row, or there is none. */
  get atRow(): boolean {
    if (this.#level === this.#page.levels && !this.#turn()) return true;
    const { repetition } = this.#page;
    return repetition.length === 0 || repetition[this.#level] === 0;
  }

  read(): unknown {
    const isPresent = this.peek() === this.#pages.maxDefinition;
    this.#level++;
    return isPresent ? this.#page.values[this.#value++] : undefined;
  }

  skip(): void {
    if (this.peek() === this.#pages.maxDefinition) this.#value++;
    this.#level++;
  }

  #turn(): boolean {
    this.#page = this.#pages.next() ?? noPage;
    this.#level = 0;
    this.#value = 0;
    return this.#page.levels > 0;
  }
}

class GroupReader implements NodeReader {
  readonly #members: readonly { name: string; reader: NodeReader }[];
  readonly #level: number;

  constructor(members: readonly { name: string; reader: NodeReader }[], level: number) {
    this.#members = members;
    this.#level = level;
  }

  peek(): number {
    return this.#members[0]!.reader.peek();
  }

  read(): unknown {
    if (this.peek() < this.#level) {
      this.skip();
      return undefined;
    }
    const group: Record<string, unknown> = {};
    for (const { name, reader } of this.#members) {
      const value = reader.read();
      if (value !== undefined) group[name] = value;
    }
    return group;
  }

  skip(): void {
    for (const { reader } of this.#members) reader.skip();
  }
}

class MapReader implements NodeReader {
  readonly #keys: LeafReader;
  readonly #values: LeafReader;
  readonly #level: number;

  constructor(keys: LeafReader, values: LeafReader, level: number) {
    this.#keys = keys;
    this.#values = values;
    this.#level = level;
  }

  peek(): number {
    return this.#keys.peek();
  }

  read(): unknown {
    const level = this.peek();
    if (level <= this.#level) {
      this.skip();
      return level < this.#level ? undefined : {};
    }
    const map: Record<string, unknown> = {};
    do {
      map[this.#keys.read() as string] = this.#values.read() ?? null;
    } while (!this.#keys.atRow);
    return map;
  }

  skip(): void {
    do {
      this.#keys.skip();
      this.#values.skip();
    } while (!this.#keys.atRow);
  }
}

class ListReader implements NodeReader {
  readonly #items: LeafReader;
  readonly #level: number;

  constructor(items: LeafReader, level: number) {
    this.#items = items;
    this.#level = level;
  }

  peek(): number {
    return this.#items.peek();
  }

  read(): unknown {
    const level = this.peek();
    if (level <= this.#level) {
      this.skip();
      return level < this.#level ? undefined : [];
    }
    const list: unknown[] = [];
    do list.push(this.#items.read() ?? null);
    while (!this.#items.atRow);
    return list;
  }

  skip(): void {
    do this.#items.skip();
    while (!this.#items.atRow);
  }
}
