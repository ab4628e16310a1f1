import { commitEntriesContract } from '../../support/commit-entries-contract.ts';
import { memoryCommitEntries } from '../../support/memory-commit-entries.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';
import { objectStoreContract } from '../../support/object-store-contract.ts';

objectStoreContract('the store in memory', async () => memoryObjectStore());
commitEntriesContract('the table in memory', async () => memoryCommitEntries());
