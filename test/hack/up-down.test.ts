import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ask } from '../../hack/real-kube/answers.ts';
import { readFleet } from '../../hack/real-kube/fleet-file.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS, startRealFleet } from '../support/kube-real-fleet.ts';
import { ended, isRunning, until, Workbench } from '../support/kube-real-workbench.ts';

const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];

describe('hack/kube up, with programs that do not come up', function () {
  this.timeout(30_000);
  let bench: Workbench;
  let env: Readonly<Record<string, string>>;
  let folder: string;
  beforeEach(() => {
    bench = new Workbench();
    env = { KUBEBUILDER_ASSETS: bench.assets('1.37.9', PROGRAMS) };
    folder = join(bench.folder, 'fleet');
  });
  afterEach(() => bench.remove());

  const pids = (): readonly number[] =>
    (readFleet(folder)?.clusters ?? []).flatMap((cluster) => cluster.parts.map((part) => part.pid));

  it('says what the first of them has said, ends the others, and leaves nothing behind', async () => {
    const { code, stderr } = await bench.run(['up', '--members', '2', '--dir', folder], env);
    expect(code).to.equal(1);
    expect(stderr).to.match(/etcd of \S+ did not come up; the end of its log:\nKubernetes v1\.37\.9/);
    expect(existsSync(folder)).to.equal(false);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    bench.hangs(env['KUBEBUILDER_ASSETS'] ?? '', 'etcd');
    const child = bench.start(['up', '--members', '2', '--dir', folder], env);
    await until(() => pids().length === 3);
    const started = pids();
    expect(started.every(isRunning)).to.equal(true);
    child.kill('SIGINT');
    expect(await ended(child)).to.include({ code: 130 });
    expect(started.filter(isRunning)).to.deep.equal([]);
    expect(existsSync(folder)).to.equal(false);
  });

  it('touches no folder that is not empty, and none where something is up', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), '');
    const refused = await bench.run(['up', '--dir', folder], env);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain(`${folder} is not empty`);
    const nothing = await bench.run(['down', '--dir', folder], env);
    expect(nothing.code).to.equal(0);
    expect(nothing.stderr).to.contain(`nothing was up in ${folder}`);
    expect(existsSync(join(folder, 'mine'))).to.equal(true);
  });
});

for (const minor of REAL_MINORS.slice(0, 1))
  describe(`hack/kube up --members 4 and down, on Kubernetes 1.${minor}`, function () {
    this.timeout(FLEET_TIMEOUT_MS);

    it('starts five clusters that answer, tells how to reach them, and leaves no process and no file behind', async () => {
      const fleet = await startRealFleet({ name: 'up-down', minor, members: 4 });
      const { clusters } = fleet.record;
      expect(clusters.map((it) => it.name)).to.deep.equal(['hub', 'member-1', 'member-2', 'member-3', 'member-4']);
      const parts = clusters.flatMap((it) => it.parts);
      for (const { server, ca, admin, kubeconfig } of clusters) {
        const said = await ask(`${server}/version`, { ca, ...admin });
        expect(said.text).to.contain(`"minor": "${minor}"`);
        expect(readFileSync(kubeconfig, 'utf8')).to.contain(server);
        expect(statSync(kubeconfig).mode & 0o077, 'others may not read it').to.equal(0);
        expect((await ask(`${server}/api/v1/nodes`, { ca })).status).to.be.oneOf([401, 403]);
      }
      await fleet.hack('freeze', 'member-1');
      await fleet.down();
      expect(parts.filter((it) => isRunning(it.pid))).to.deep.equal([]);
      expect(existsSync(fleet.folder)).to.equal(false);
    });
  });
