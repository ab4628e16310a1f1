export { zstd, zstd as snappy } from './parsed.ts';
