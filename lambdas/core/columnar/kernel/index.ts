// AssemblyScript: compiled by `npm run build`, never run as TypeScript.
export { heapBase } from './memory';
