import type { ObjectStore } from '#delta/object-store.ts';
import { type VacuumRequest, type VacuumResult, vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';
import { manifest, manifestRange, stagedFile } from './manifests.ts';
import { TableWorld } from './table-world.ts';

export const pathsOf = ({ files }: VacuumResult): string[] => files.map(({ path }) => path);

/** A table that is vacuumed. */
export class VacuumWorld extends TableWorld {
  vacuum(request: Partial<VacuumRequest> = {}, ports: Partial<TableWorld['ports']> = {}): Promise<VacuumResult> {
    return vacuumTable({ tableId: 't1', tableName: 'clicks', dryRun: false, ...request }, { ...this.ports, ...ports });
  }

  stageFiles(...paths: string[]) {
    const files = paths.map((path) => stagedFile(path));
    return this.ledger.stage({ moves: [], manifests: [manifest([manifestRange(1)], { files })] });
  }

  /** Ports of which the store does something in the middle of one of its methods. */
  storeWhere(methods: Partial<ObjectStore>): Pick<TableWorld['ports'], 'logOf'> {
    return { logOf: () => ({ objects: { ...this.store, ...methods }, logStore: this.logStore }) };
  }
}
