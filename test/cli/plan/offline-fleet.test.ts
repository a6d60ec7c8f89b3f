import { expect } from 'chai';
import { InputError } from '../../../operator/cli/plan/input-issue.ts';
import { offlineFleet } from '../../../operator/cli/plan/offline-fleet.ts';
import { readDocuments } from '../../../operator/cli/plan/read-documents.ts';
import type { FleetSnapshot } from '../../../operator/model/fleet.ts';
import { NOW } from '../../support/fleet-workload.ts';
import {
  aDeploymentFile,
  aFolder,
  aMemberFile,
  aPlacementEntry,
  aPoolEntry,
  documents,
} from '../../support/plan-files.ts';

/** The fleet of one file. */
function read(text: string, name = 'fleet.yaml'): FleetSnapshot {
  using folder = aFolder({ [name]: text });
  return offlineFleet(readDocuments([folder.path]), NOW);
}

/** What is said about one file, without the folder's path. */
function complaints(text: string, name = 'fleet.yaml'): readonly string[] {
  using folder = aFolder({ [name]: text });
  try {
    offlineFleet(readDocuments([folder.path]), NOW);
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(`${folder.path}/`, '').split('\n');
    throw error;
  }
  return [];
}

const member = (changes: Readonly<Record<string, unknown>>): string =>
  documents(aMemberFile('aws-a', [aPoolEntry(changes)]));

describe('offlineFleet', () => {
  it('reads members as their status describes them, whatever their spec could reach', () => {
    const [only] = read(documents(aMemberFile('azure-a', [aPoolEntry()]))).members;
    expect(only).to.deep.include({ name: 'azure-a', provider: 'azure', region: 'us-east-1' });
    expect(only?.verdict.verdict).to.equal('Healthy');
    expect(only?.offerings[0]).to.deep.include({ id: 'azure-a/h100/a', freeByNode: [8], growableNodes: 0 });
    expect(only?.offerings[0]?.price).to.deep.include({ perNodeHour: 32, observedAt: NOW - 30_000 });
  });

  it('takes a verdict at its word when nothing else is said', () => {
    expect(read(documents(aMemberFile('aws-a', [], { verdict: 'Down' }))).members[0]?.verdict.verdict).to.equal('Down');
  });

  it('takes what serves for bound, and of what starts what is ready', () => {
    const placements = [
      aPlacementEntry('aws-a', 3, { ready: 2 }),
      aPlacementEntry('aws-b', 3, { ready: 2, phase: 'Starting' }),
      aPlacementEntry('aws-c', 3, { phase: 'Stranded' }),
    ];
    const { workloads } = read(documents(aDeploymentFile('llama', { placements })));
    expect(workloads[0]?.holdings.map(({ observed }) => observed?.bound ?? null)).to.deep.equal([3, 2, null]);
  });

  it('passes over what belongs to others, and over empty documents', () => {
    const text = `# a fleet\n---\n${documents({ apiVersion: 'v1', kind: 'Namespace' }, { apiVersion: 'apps/v1', kind: 'Deployment' })}\n---\n\n---\n`;
    expect(read(text)).to.deep.include({ members: [], workloads: [] });
  });

  it('reads what kubectl get prints, and says which item is wrong', () => {
    const list = (item: unknown): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] });
    expect(read(list(aMemberFile('aws-a', [])), 'fleet.json').members).to.have.length(1);
    expect(complaints(list(aMemberFile('aws-a', [], { verdict: 'Fine' })))[0]).to.match(
      /^fleet\.yaml, document 1: items\[0\]\.status\.verdict: must be one of Healthy, .*, not "Fine"$/,
    );
  });

  it('knows files by their names and takes a folder in their order', () => {
    using folder = aFolder({ 'b.yml': member({}), 'a.json': member({}), 'notes.txt': 'no YAML: [' });
    expect(() => offlineFleet(readDocuments([folder.path]), NOW)).to.throw(
      InputError,
      /b\.yml, document 1: MemberCluster aws-a stands already in .*a\.json, document 1; remove one of them/,
    );
  });

  it('refuses a folder without files, and one that is not there', () => {
    using folder = aFolder({});
    expect(() => readDocuments([folder.path])).to.throw(InputError, /has no \*\.yaml, \*\.yml or \*\.json/);
    expect(() => readDocuments([`${folder.path}/gone`])).to.throw(InputError, /cannot be read \(ENOENT\)/);
  });

  const broken: readonly (readonly [string, string, string])[] = [
    [
      'a slip in the spec',
      documents(aDeploymentFile('llama'), aDeploymentFile('qwen', { spec: { replica: 2 } })),
      'document 2: spec.replica: unknown field; did you mean replicas?',
    ],
    [
      'a slip in the status',
      member({ growablNodes: 2 }),
      'document 1: status.pools[0].growablNodes: unknown field; did you mean growableNodes?',
    ],
    [
      'a missing price',
      member({ priceUSDPerNodeHour: undefined }),
      'document 1: status.pools[0].priceUSDPerNodeHour: is missing, and without a price nothing is placed there; add it, or remove the pool',
    ],
    [
      'a price of nothing',
      member({ priceUSDPerNodeHour: '0.00' }),
      'document 1: status.pools[0].priceUSDPerNodeHour: must be above 0; say what a node costs in an hour',
    ],
    [
      'a price that is no text',
      member({ priceUSDPerNodeHour: 12.5 }),
      'document 1: status.pools[0].priceUSDPerNodeHour: must be a string, not a number; write "12.5" in quotes',
    ],
    [
      'capacity below nothing',
      member({ growableNodes: -1 }),
      'document 1: status.pools[0].growableNodes: must be at least 0, not -1',
    ],
    [
      'a node with more free than it has',
      member({ freeByNode: [8, 16] }),
      'document 1: status.pools[0].freeByNode[1]: is 16, more than a node has (acceleratorsPerNode 8); correct one of them',
    ],
    [
      'an offering told twice',
      documents(aMemberFile('aws-a', [aPoolEntry(), aPoolEntry()])),
      'document 1: status.pools[1]: repeats the name and zone of status.pools[0]; remove one of them',
    ],
    [
      'a kind that our group does not have',
      'apiVersion: tradewind.dev/v1alpha1\nkind: MemberClutser\n',
      'document 1: kind: tradewind.dev has no MemberClutser; write one of InferenceDeployment, MemberCluster, FleetPolicy',
    ],
    ['YAML that is none', 'a: {}\n---\nb: [1\nc: 2\n', 'document 2: line 4: deficient indentation; correct it'],
    ['a text', 'hello', 'document 1: must be an object with apiVersion, kind and metadata; correct or remove it'],
    ['an object without a kind', '{"apiVersion": "v1"}', 'document 1: kind: is required; add it'],
    ['an object without a version', 'kind: Pod', 'document 1: apiVersion: is required; add it'],
  ];
  for (const [what, text, complaint] of broken)
    it(`refuses ${what} and says where and what to do`, () => {
      expect(complaints(text)).to.include(`fleet.yaml, ${complaint}`);
    });
});
