/** Plays the Dockerfile's steps on this machine: the first stage's for real, the last one's copies into a folder. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { isInContext, readDockerfile, type Instruction, type Stage } from './dockerfile.ts';

const CHECKOUT = new URL('..', import.meta.url).pathname;
/** Where the build stage works in the image; here that is the folder `context`. */
const WORKDIR = '/src';
/** Everything but Node itself. */
const MAX_IMAGE_BYTES = 20e6;

/** Copies of the build context, as a daemon would be sent it. */
function copyFromCheckout(sources: readonly string[], target: string, context: string): void {
  const ignore = readFileSync(join(CHECKOUT, '.dockerignore'), 'utf8');
  for (const source of sources) {
    const from = join(CHECKOUT, source);
    if (!isInContext(source, ignore)) throw new Error(`.dockerignore keeps ${source} out of the build`);
    const to = target.endsWith('/') ? join(context, target, basename(source)) : join(context, target);
    const filter = (path: string): boolean => isInContext(relative(CHECKOUT, path), ignore);
    cpSync(from, to, { recursive: true, filter });
  }
}

function build(stage: Stage, context: string): void {
  mkdirSync(context, { recursive: true });
  for (const { name, text } of stage.instructions) {
    if (name === 'COPY') {
      const parts = text.split(/\s+/);
      copyFromCheckout(parts.slice(0, -1), parts.at(-1) ?? '', context);
    } else if (name === 'RUN') {
      console.log(`+ ${text}`);
      execFileSync('sh', ['-ec', text], { cwd: context, stdio: 'inherit' });
    } else if (name !== 'WORKDIR' || text !== WORKDIR) throw new Error(`cannot play ${name} ${text}`);
  }
}

/** What the image would hold beside its base and Node. */
function assemble(stage: Stage, { context, root }: { readonly context: string; readonly root: string }): void {
  const copies = stage.instructions.filter(({ name }) => name === 'COPY');
  for (const { text } of copies.filter((it) => !isNode(it))) {
    const parts = text.split(/\s+/);
    const target = join(root, parts.at(-1) ?? '');
    for (const source of parts.slice(0, -1)) {
      const from = join(context, relative(WORKDIR, source));
      if (!existsSync(from)) throw new Error(`the build made no ${source}`);
      const to = text.endsWith('/') ? join(target, basename(source)) : target;
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { recursive: true });
    }
  }
}

const isNode = ({ text }: Instruction): boolean => text.startsWith('/usr/local/bin/node ');

interface Component {
  readonly name: string;
  readonly version: string;
}

function check(root: string): void {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((it) =>
    statSync(join(root, it)).isFile(),
  );
  const bytes = files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0);
  console.log(`${files.length} files beside Node, ${(bytes / 1e6).toFixed(1)} MB`);
  const strangers = files.filter((file) => /node_modules|\.map$|\.test\.|\.ts$/.test(file));
  if (strangers.length > 0) throw new Error(`the image holds ${strangers.join(', ')}`);
  if (bytes > MAX_IMAGE_BYTES) throw new Error(`more than ${MAX_IMAGE_BYTES / 1e6} MB`);
  const sbom = JSON.parse(readFileSync(join(root, 'app/sbom.cdx.json'), 'utf8')) as {
    readonly bomFormat: string;
    readonly components: readonly Component[];
  };
  const manifest = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const listed = new Set(sbom.components.map(({ name, version }) => `${name}@${version}`));
  const missing = Object.entries(manifest.dependencies).filter(([name, version]) => !listed.has(`${name}@${version}`));
  if (sbom.bomFormat !== 'CycloneDX' || missing.length > 0)
    throw new Error(`the bill of materials lacks ${missing.map(([name]) => name).join(', ')}`);
  console.log(`bill of materials: ${sbom.components.length} packages, every dependency among them`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { context: { type: 'string' }, root: { type: 'string' } } });
  const { context = '', root = '' } = values;
  if (context === '' || root === '') throw new Error('usage: play-dockerfile.ts --context <dir> --root <dir>');
  const { stages } = readDockerfile(readFileSync(join(CHECKOUT, 'Dockerfile'), 'utf8'));
  const [first, last] = [stages[0], stages.at(-1)];
  if (!first || !last || stages.length !== 2)
    throw new Error('the Dockerfile has not the two stages that are played here');
  build(first, context);
  assemble(last, { context, root });
  check(root);
}
