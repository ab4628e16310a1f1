import { join } from 'node:path';
import { Group } from './group.ts';
import { newGroupOffsets, openGroupOffsets } from './group-offsets.ts';

/** All consumer groups; those that ever committed or joined are kept in a folder. */
export class Groups {
  readonly #folder: string;
  readonly #groups = new Map<string, Group>();

  constructor(root: string) {
    this.#folder = join(root, 'groups');
    for (const offsets of openGroupOffsets(this.#folder)) this.#groups.set(offsets.group, new Group(offsets));
  }

  get all(): Group[] {
    return [...this.#groups.values()];
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  getOrCreate(id: string): Group {
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new Group(newGroupOffsets(this.#folder, id));
      this.#groups.set(id, group);
    }
    return group;
  }

  delete(group: Group): void {
    group.close();
    group.offsets.delete();
    this.#groups.delete(group.offsets.group);
  }

  forgetTopic(topic: string): void {
    for (const { offsets } of this.#groups.values()) offsets.forgetTopic(topic);
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }
}
