/** Bundles the command line into one file, dist/tradewind.mjs, with what it reads at run time beside it. */
import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
await build({
  entryPoints: ['operator/cli/main.ts'],
  outfile: 'dist/tradewind.mjs',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  legalComments: 'linked',
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);",
  },
});
cpSync('crds', 'dist/crds', { recursive: true });
cpSync('operator/sandbox/data', 'dist/data', { recursive: true });
cpSync('operator/sandbox/scenarios', 'dist/scenarios', { recursive: true });
chmodSync('dist/tradewind.mjs', 0o755);
