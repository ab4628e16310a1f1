import { coercionFile } from './coercion-file.ts';
import { type GeneratedFile, settingsFiles } from './settings-files.ts';

/** Every file that `npm run generate` writes, and `npm run check` compares. */
export const generatedFiles = async (root: string): Promise<GeneratedFile[]> => [
  ...(await settingsFiles(root)),
  await coercionFile(root),
];
