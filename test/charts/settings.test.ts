import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { SETTINGS } from '../../operator/config.ts';
import { VERSION } from '../../operator/runtime/version.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

/** In a pod the service account leads to the hub, and the clouds are where they are. */
const NOT_IN_A_POD: readonly string[] = [SETTINGS.kubeconfig.env, SETTINGS.cloudEndpoints.env];

describe('the Deployment of the chart', () => {
  const template = read('charts/tradewind/templates/deployment.yaml');
  const set = [...template.matchAll(/name: (TRADEWIND_\w+)/g)].map(([, name = '']) => name);

  it('sets every setting that the operator has, and no other', () => {
    const known = Object.values(SETTINGS).map((it) => it.env as string);
    expect(set.sort()).to.deep.equal(known.filter((it) => !NOT_IN_A_POD.includes(it)).sort());
  });

  it('has the defaults of the operator', () => {
    const { operator } = load(read('charts/tradewind/values.yaml')) as { operator: Record<string, unknown> };
    expect(String(operator['logLevel'])).to.equal(SETTINGS.logLevel.fallback);
    expect(String(operator['logFormat'])).to.equal(SETTINGS.logFormat.fallback);
    expect(String(operator['planDebounceMs'])).to.equal(SETTINGS.planDebounce.fallback);
    expect(String(operator['requestTimeoutMs'])).to.equal(SETTINGS.requestTimeout.fallback);
    expect(String(operator['stopGraceMs'])).to.equal(SETTINGS.stopGrace.fallback);
  });
});

describe('the charts', () => {
  for (const chart of ['tradewind', 'tradewind-member'])
    it(`${chart} is of this version`, () => {
      const { appVersion } = load(read(`charts/${chart}/Chart.yaml`)) as { appVersion: string };
      expect(appVersion).to.equal(VERSION);
    });
});
