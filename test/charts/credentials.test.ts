import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const FOLDER = 'charts/tradewind/docs/policies';
const read = (path: string): string => readFileSync(path, 'utf8');

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: unknown;
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

const filesOf = (prefix: string): readonly string[] => readdirSync(FOLDER).filter((it) => it.startsWith(prefix));
const jsonOf = (file: string): unknown => JSON.parse(read(`${FOLDER}/${file}`));
const statementsOf = (file: string): readonly Statement[] =>
  (jsonOf(file) as { Statement: readonly Statement[] }).Statement;

const GRANTS = filesOf('aws-').filter((it) => !it.startsWith('aws-trust'));
const cloudsReadme = read('operator/clouds/README.md');
const documented = (pattern: RegExp): readonly string[] =>
  [...new Set([...cloudsReadme.matchAll(pattern)].map(([, action = '']) => action))].toSorted();

describe('the policies for AWS', () => {
  const statements = GRANTS.flatMap(statementsOf);

  it('grant what the adapter is documented to call, and nothing else', () => {
    const actions = [...new Set(statements.flatMap((it) => listOf(it.Action)))].toSorted();
    const ofTheTable = documented(/`((?:eks|ec2|pricing|sts):[A-Z]\w+)`/g);
    expect(actions.filter((it) => it !== 'sts:TagSession')).to.deep.equal(ofTheTable);
  });

  it('have no wildcard in actions, and name resources wherever AWS can', () => {
    expect(statements.flatMap((it) => listOf(it.Action)).filter((it) => it.includes('*'))).to.deep.equal([]);
    const everywhere = statements.filter((it) => listOf(it.Resource).includes('*'));
    expect(
      everywhere.flatMap((it) => listOf(it.Action)).filter((it) => !/^(ec2:Describe|pricing:)/.test(it)),
    ).to.deep.equal([]);
    const ec2 = everywhere.filter((it) => listOf(it.Action).some((action) => action.startsWith('ec2:')));
    for (const { Condition } of ec2) expect(JSON.stringify(Condition)).to.contain('aws:RequestedRegion');
  });

  it('trust one service account', () => {
    for (const file of filesOf('aws-trust')) {
      const text = JSON.stringify(jsonOf(file));
      expect(text, file).to.contain('tradewind-system').and.not.to.contain('*').and.not.to.contain('StringLike');
    }
  });
});

describe('the roles for Azure', () => {
  interface Role {
    readonly Actions: readonly string[];
    readonly DataActions: readonly string[];
  }
  const roles = filesOf('azure-').map((file) => jsonOf(file) as Role);

  it('grant what the adapter is documented to call, and nothing else', () => {
    const short = documented(
      /`(?:Microsoft\.ContainerService|\.\.\.)?\/?((?:managedClusters\/)?[a-zA-Z/]+\/(?:read|write|action))`/g,
    );
    const actions = [...new Set(roles.flatMap((it) => it.Actions))].toSorted();
    expect(actions).to.deep.equal([
      'Microsoft.Compute/skus/read',
      'Microsoft.ContainerService/managedClusters/agentPools/read',
      'Microsoft.ContainerService/managedClusters/agentPools/write',
      'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
      'Microsoft.ContainerService/managedClusters/read',
    ]);
    for (const it of short)
      expect(
        actions.some((action) => action.endsWith(it)),
        it,
      ).to.equal(true);
  });

  it('have no wildcard and no rights inside of clusters', () => {
    expect(roles.flatMap((it) => it.Actions).filter((it) => it.includes('*'))).to.deep.equal([]);
    expect(roles.flatMap((it) => it.DataActions)).to.deep.equal([]);
  });
});

describe('docs/credentials.md', () => {
  const text = read('charts/tradewind/docs/credentials.md');

  it('leads to every policy', () => {
    expect(readdirSync(FOLDER).filter((it) => !text.includes(it))).to.deep.equal([]);
  });

  it('speaks of modes that the chart has', () => {
    const schema = read('charts/tradewind/values.schema.json');
    const modes = [...text.matchAll(/mode: (\w+)/g)].map(([, mode = '']) => mode);
    expect(modes.length).to.be.greaterThan(4);
    expect(modes.filter((it) => !schema.includes(`"${it}"`))).to.deep.equal([]);
  });
});
