import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const SECOND = `if [ "$1" = --real ]`;
/** What every step of it calls, all well: 7 tests, 5 on real control planes, and six steps that count nothing. */
const ALL_WELL: Readonly<Record<string, string>> = {
  'hack/test': `${SECOND}; then echo '5 passed, 0 failed, 0 skipped'; else echo '7 passed, 0 failed, 2 skipped'; fi`,
  'hack/prepare': ':',
  'hack/try-build': ':',
  'hack/try-image': ':',
  'hack/demo': ':',
  'bin/npm': ':',
  // timeout --kill-after=60 300 command...
  'bin/timeout': 'shift 2; exec "$@"',
};

describe('.ci/run', function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tradewind-ci-'));
    cpSync('.ci', join(folder, '.ci'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(programs: Readonly<Record<string, string>> = {}): { code: number | null; lines: readonly string[] } {
    for (const [path, text] of Object.entries({ ...ALL_WELL, ...programs })) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), `#!/usr/bin/env bash\n${text}\n`);
      chmodSync(join(folder, path), 0o755);
    }
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
    const { status, stdout } = spawnSync(join(folder, '.ci/run'), { env, encoding: 'utf8' });
    return { code: status, lines: stdout.trimEnd().split('\n') };
  }

  it('adds up the tests of all kinds, and each other step as one', () => {
    const { code, lines } = run();
    expect([code, lines.at(-1)]).to.deep.equal([0, '18 passed, 0 failed']);
  });

  it('fails with the tests that fail, and with each step that fails', () => {
    const test = `${SECOND}; then echo '3 passed, 2 failed, 0 skipped'; exit 1; else echo '7 passed, 0 failed, 0 skipped'; fi`;
    const { code, lines } = run({ 'hack/test': test, 'hack/try-image': 'exit 3' });
    expect([code, lines.at(-1)]).to.deep.equal([1, '15 passed, 3 failed']);
    expect(lines.filter((line) => line.includes('FAILED'))).to.have.length(2);
  });

  it('counts as failed what fails with all its tests passed, or before it could count', () => {
    const low = run({ 'hack/test': `${ALL_WELL['hack/test'] ?? ''}; exit 1` });
    expect([low.code, low.lines.at(-1)]).to.deep.equal([1, '18 passed, 2 failed']);
    const dead = run({ 'hack/test': 'exit 1' });
    expect([dead.code, dead.lines.at(-1)]).to.deep.equal([1, '6 passed, 2 failed']);
  });

  it('says which step was cut off, and goes on', () => {
    const { code, lines } = run({ 'bin/timeout': 'shift 2; [ "$1" != hack/demo ] || exit 124; exec "$@"' });
    expect([code, lines.at(-1)]).to.deep.equal([1, '17 passed, 1 failed']);
    expect(lines.some((line) => /^== demo: CUT OFF after \d+ s$/.test(line))).to.equal(true);
  });

  it('says again at the end what was skipped', () => {
    const { code, lines } = run({ 'hack/test': `${ALL_WELL['hack/test'] ?? ''}; echo 'SKIPPED: Kubernetes 1.34: no'` });
    expect(code).to.equal(0);
    expect(lines.slice(-3, -1)).to.deep.equal([
      'SKIPPED in tests: Kubernetes 1.34: no',
      'SKIPPED in tests on real control planes: Kubernetes 1.34: no',
    ]);
  });
});
