import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { instructionsOf, isInContext, readDockerfile } from '../../hack/dockerfile.ts';

const text = readFileSync('Dockerfile', 'utf8');
const { args, stages } = readDockerfile(text);
const build = stages[0];
const image = stages.at(-1);
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: Record<string, string> };
const ignore = readFileSync('.dockerignore', 'utf8');

describe('readDockerfile', () => {
  it('reads stages, arguments, flags and lines that go on', () => {
    const read = readDockerfile(
      '# note\nARG A=x\nFROM ${A}:1 AS b\nRUN one \\\n  two\nFROM s\nCOPY --from=b --chmod=0555 /a /b\n',
    );
    expect(read.args).to.deep.equal({ A: 'x' });
    expect(read.stages.map(({ image, name }) => [image, name])).to.deep.equal([
      ['x:1', 'b'],
      ['s', ''],
    ]);
    expect(read.stages[0]?.instructions[0]?.text).to.equal('one    two');
    expect(read.stages[1]?.instructions[0]).to.deep.equal({
      name: 'COPY',
      flags: { from: 'b', chmod: '0555' },
      text: '/a /b',
    });
  });
});

describe('isInContext', () => {
  const lines = '# all\n*\n!operator\n!hack\nhack/*\n!hack/build.ts\n';
  const cases: readonly (readonly [string, boolean])[] = [
    ['operator', true],
    ['operator/cli/main.ts', true],
    ['hack', true],
    ['hack/build.ts', true],
    ['hack/test', false],
    ['.git', false],
    ['node_modules/x/index.js', false],
  ];
  for (const [path, isIn] of cases)
    it(`${isIn ? 'lets in' : 'keeps out'} ${path}`, () => expect(isInContext(path, lines)).to.equal(isIn));
});

describe('the Dockerfile', () => {
  if (!build || !image) throw new Error('the Dockerfile has no stages');

  it('builds on the Node that the tests run on', () => {
    expect(build.image).to.match(new RegExp(`^node:${manifest.devDependencies['node']}-[a-z]+-slim$`));
    expect(process.version).to.equal(`v${manifest.devDependencies['node']}`);
  });

  it('names its images by version, and lets a build pin them by digest', () => {
    expect(stages.map((it) => it.image)).to.deep.equal(Object.values(args));
    expect(stages.filter((it) => !it.image.includes(':') || it.image.endsWith(':latest'))).to.deep.equal([]);
  });

  it('runs as a user by number, so that runAsNonRoot can be checked', () => {
    const users = instructionsOf(image, 'USER').map((it) => it.text);
    expect(users.at(-1)).to.equal('65532:65532');
  });

  it('runs nothing while the last stage is made: its base has no shell', () => {
    expect(instructionsOf(image, 'RUN')).to.deep.equal([]);
    expect(image.image).to.match(/^gcr\.io\/distroless\//);
  });

  it('takes into the image only what the build made', () => {
    const copies = instructionsOf(image, 'COPY');
    expect(copies.map((it) => it.flags['from'])).to.deep.equal(copies.map(() => build.name));
    expect(copies.map((it) => it.text)).to.deep.equal(['/usr/local/bin/node /usr/local/bin/node', '/src/dist /app']);
  });

  it('starts the operator without a shell', () => {
    expect(instructionsOf(image, 'ENTRYPOINT').map((it) => it.text)).to.deep.equal([
      '["/usr/local/bin/node", "/app/tradewind.mjs"]',
    ]);
    expect(instructionsOf(image, 'CMD').map((it) => it.text)).to.deep.equal(['["run"]']);
  });

  it('runs no install scripts, fetches nothing by itself and holds no secret', () => {
    const installs = instructionsOf(build, 'RUN').filter((it) => /npm (install|ci)/.test(it.text));
    expect(installs.every((it) => it.text.includes('--ignore-scripts'))).to.equal(true);
    expect(stages.flatMap((it) => instructionsOf(it, 'ADD'))).to.deep.equal([]);
    expect(text).not.to.match(/curl|wget|apt-get|(TOKEN|SECRET|PASSWORD|KEY)=/);
  });

  it('says what is in it', () => {
    expect(instructionsOf(build, 'RUN').map((it) => it.text)).to.include('node hack/sbom.ts > dist/sbom.cdx.json');
    const labels = instructionsOf(image, 'LABEL').map((it) => it.text);
    for (const label of ['title', 'licenses', 'version', 'revision'])
      expect(labels.join()).to.contain(`org.opencontainers.image.${label}=`);
  });

  it('finds in its context what it copies, and nothing else', () => {
    const sources = instructionsOf(build, 'COPY').flatMap((it) => it.text.split(/\s+/).slice(0, -1));
    expect(sources.filter((it) => !isInContext(it, ignore))).to.deep.equal([]);
    const strangers = ['.git', 'node_modules', 'test', 'charts', 'dist', 'coverage', 'hack/test', '.ci'];
    expect(strangers.filter((it) => isInContext(it, ignore))).to.deep.equal([]);
  });
});
