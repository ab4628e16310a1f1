/** Tests of templates, in one process: loading CDK and synthesising take longer than all of them. */
import './stacks/alarms.ts';
import './stacks/commit-stack.ts';
import './stacks/ingest-stack.ts';
import './stacks/live-changes.ts';
import './stacks/maintenance-stack.ts';
import './stacks/nouns.ts';
import './stacks/permissions.ts';
import './stacks/storage-stack.ts';
