import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync } from 'esbuild';
import { bakedSettingsFile, parquetWasmFile, secondCoreFile } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { addDuckdb, type BundleTarget, duckdbPackages } from './native-packages.ts';

/** Writes what runs in Lambda, `index.mjs` and the files it loads and reads, for `lambdas/<folder>` into `outputFolder`. */
export type Bundler = (folder: string, outputFolder: string) => void;

const parquetWasm = 'node_modules/parquet-wasm/esm/';
const secondCore = 'lambdas/core/adapters/kernel/second-core.ts';
const secondCoreThread = 'lambdas/core/adapters/kernel/second-core-thread.ts';

/** CommonJS packages (of the AWS SDK, Powertools) call `require` for Node's built-ins; ES modules have none. */
const banner =
  "import { createRequire as $createRequire } from 'node:module';const require = $createRequire(import.meta.url);";

/**
 * What Azure's package would load to list blobs in Arrow's form, which nobody asks for: with it in another file than the parts that are
 * used here, those would be split at their cycles.
 */
const arrowIndex = 'node_modules/apache-arrow/Arrow.node.mjs';

/** Tells browsers apart for the AWS SDK, which on Node never loads it. */
const browserPackage = 'bowser';

/**
 * Built-ins whose `import` asks for every property that they have, and so loads what no function uses: `fetch` and web sockets with
 * `http` (30 ms), standard input and output with `process` (6 ms). Asked for by name they cost what is used.
 */
const builtins = {
  'node:http': join(import.meta.dirname, 'builtin-http.mjs'),
  'node:process': join(import.meta.dirname, 'builtin-process.mjs'),
};

/**
 * Bundles with esbuild. What the code imports when it is first needed becomes files of its own, so that a cold start loads the rest
 * alone. Nothing that is used but DuckDB is external, and that lies beside: the versions that run are those of the lock file.
 */
export const esbuildBundler =
  (root: string, target: BundleTarget = 'here'): Bundler =>
  (folder, outputFolder) => {
    const entry = `lambdas/${folder}/handler.ts`;
    if (!existsSync(join(root, entry)))
      throw new Error(`expected the function's handler at ${entry}, found no such file`);
    const options = bundleOptions(root, outputFolder);
    const { metafile } = buildSync({ ...options, entryPoints: [{ in: entry, out: 'index' }], splitting: true });
    if (secondCore in metafile.inputs) {
      buildSync({ ...options, entryPoints: [{ in: secondCoreThread, out: basename(secondCoreFile, '.mjs') }] });
    }
    if (Object.keys(metafile.inputs).some((input) => input.includes(parquetWasm))) {
      copyFileSync(join(root, parquetWasm, parquetWasmFile), join(outputFolder, parquetWasmFile));
    }
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    if (imported.some((path) => path.startsWith('@duckdb/'))) addDuckdb(root, outputFolder, target);
  };

const bundleOptions = (root: string, outputFolder: string) =>
  ({
    absWorkingDir: root,
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    alias: builtins,
    banner: { js: banner },
    external: [duckdbPackages, browserPackage, join(root, arrowIndex)],
    legalComments: 'none',
    logLevel: 'error',
    metafile: true,
  }) as const satisfies BuildOptions;

/** The code of each function, bundled once however many functions run it, settings beside it. */
export class FunctionBundles {
  readonly #code = new Map<string, Code>();
  readonly #root: string;
  readonly #settings: Settings;
  readonly #bundler: Bundler;

  constructor(root: string, settings: Settings, bundler: Bundler) {
    this.#root = root;
    this.#settings = settings;
    this.#bundler = bundler;
  }

  /** The bundle of `lambdas/<folder>/handler.ts`; its handler is `index.handler`. */
  of(folder: string): Code {
    const known = this.#code.get(folder);
    if (known !== undefined) return known;
    const source = join(this.#root, 'lambdas', folder);
    if (!existsSync(source)) throw new Error(`expected the function's code in lambdas/${folder}, found no such folder`);
    const code = Code.fromAsset(source, {
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        image: DockerImage.fromRegistry('unused'),
        local: {
          tryBundle: (outputFolder) => {
            this.#bundler(folder, outputFolder);
            writeFileSync(join(outputFolder, bakedSettingsFile), JSON.stringify(this.#settings));
            return true;
          },
        },
      },
    });
    this.#code.set(folder, code);
    return code;
  }
}
