import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { downloadControlPlane, downloadTool, type DownloadSites } from '../../hack/real-kube/download.ts';

const VERSION = { minor: 37, version: '1.37.2' };
const NEVER = new AbortController().signal;
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;
const PLATFORM = `${process.platform}-${ARCHITECTURE}`;
const ENVTEST = `/envtest/envtest-v1.37.0/envtest-v1.37.0-${PLATFORM}.tar.gz`;
const release = (program: string): string => `/release/v1.37.0/bin/${process.platform}/${ARCHITECTURE}/${program}`;

describe('hack/kube without Go', () => {
  let folder: string;
  let server: Server;
  let sites: DownloadSites;
  const files = new Map<string, Buffer>();

  // What it tells people is not for those who read how tests go.
  const tell = process.stderr.write.bind(process.stderr);
  before(() => {
    process.stderr.write = () => true;
  });
  after(() => {
    process.stderr.write = tell;
  });

  before(async () => {
    server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      response.statusCode = file === undefined ? 404 : 200;
      response.end(file);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    sites = {
      envtest: `${root}/envtest`,
      kubernetes: `${root}/release`,
      helm: `${root}/helm`,
      github: `${root}/github`,
    };
  });
  after(() => server.close());

  const target = (): string => join(folder, 'target');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tradewind-download-'));
    mkdirSync(target());
    files.clear();
    publish(ENVTEST, archiveOf('controller-tools/envtest', ['etcd', 'kube-apiserver', 'kubectl']), 'sha512');
    for (const program of ['kube-controller-manager', 'kube-scheduler'])
      publish(release(program), Buffer.from(`a ${program}`), 'sha256');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function publish(path: string, bytes: Buffer, algorithm: string): void {
    files.set(path, bytes);
    files.set(`${path}.${algorithm}`, Buffer.from(sumOf(bytes, algorithm, path)));
  }

  const sumOf = (bytes: Buffer, algorithm: string, name: string): string =>
    `${createHash(algorithm).update(bytes).digest('hex')}  ${name}\n`;

  /** A tar.gz of programs in that folder. */
  function archiveOf(inner: string, programs: readonly string[]): Buffer {
    const source = join(folder, 'source');
    mkdirSync(join(source, inner), { recursive: true });
    for (const program of programs) {
      writeFileSync(join(source, inner, program), `a ${program}`);
      chmodSync(join(source, inner, program), 0o755);
    }
    const archive = join(folder, 'archive.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', source, inner.split('/')[0] ?? '.']);
    rmSync(source, { recursive: true });
    return readFileSync(archive);
  }

  const failureOf = async (work: Promise<void>): Promise<string> =>
    work.then(
      () => 'it did not fail',
      (error: unknown) => String(error),
    );

  it('fetches envtest, and from the release what that lacks, all of them ready to run', async () => {
    await downloadControlPlane(VERSION, target(), { sites, signal: NEVER });
    const programs = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
    expect(readdirSync(target()).toSorted()).to.deep.equal(programs);
    for (const program of programs) {
      expect(readFileSync(join(target(), program), 'utf8')).to.equal(`a ${program}`);
      expect(statSync(join(target(), program)).mode & 0o111).to.equal(0o111);
    }
  });

  for (const [what, path] of [
    ['the archive', ENVTEST],
    ['a program', release('kube-scheduler')],
  ] as const)
    it(`refuses ${what} when its checksum does not fit`, async () => {
      files.set(path, Buffer.from('somebody else’s'));
      const failure = await failureOf(downloadControlPlane(VERSION, target(), { sites, signal: NEVER }));
      expect(failure)
        .to.match(/has sha(512|256) [0-9a-f]+, and \S+ wants [0-9a-f]+/)
        .and.to.contain(path);
    });

  it('says what is not to be had', async () => {
    files.delete(release('kube-controller-manager'));
    const missing = await failureOf(downloadControlPlane(VERSION, target(), { sites, signal: NEVER }));
    expect(missing).to.match(/kube-controller-manager answered 404/);
    const nobody = { ...sites, envtest: 'http://127.0.0.1:1' };
    const unreachable = await failureOf(downloadControlPlane(VERSION, target(), { sites: nobody, signal: NEVER }));
    expect(unreachable).to.match(/http:\/\/127\.0\.0\.1:1\S+ cannot be reached/);
  });

  it('fetches helm and kubeconform, each by its own kind of checksum', async () => {
    const helm = `/helm/helm-v4.3.1-${PLATFORM}.tar.gz`;
    const bytes = archiveOf(PLATFORM, ['helm']);
    files.set(helm, bytes);
    files.set(`${helm}.sha256sum`, Buffer.from(sumOf(bytes, 'sha256', 'helm.tar.gz')));
    await downloadTool({ name: 'helm', version: '4.3.1' }, target(), { sites, signal: NEVER });
    const root = '/github/yannh/kubeconform/releases/download/v0.8.0';
    const name = `kubeconform-${PLATFORM}.tar.gz`;
    const other = archiveOf('kubeconform', []);
    files.set(`${root}/${name}`, other);
    const sums = `${sumOf(bytes, 'sha256', 'another.zip')}${sumOf(other, 'sha256', name)}`;
    files.set(`${root}/CHECKSUMS`, Buffer.from(sums));
    await downloadTool({ name: 'kubeconform', version: '0.8.0' }, target(), { sites, signal: NEVER });
    expect(readdirSync(target()).toSorted()).to.deep.equal(['helm', 'kubeconform']);
  });
});
