import { expect } from 'chai';
import { namespaceName, workloadKey } from '../../operator/model/names.ts';
import { HubObserver } from '../../operator/observe/hub-observer.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';
import { ServerKube } from '../support/controllers-kube.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

describe('HubObserver', () => {
  it('keeps of an InferenceDeployment what it parsed, its metadata and its status, and lets the rest go', () => {
    const clock = new SteppedClock();
    const deps = { clock, random: createSeededRandom(1), metrics: createMetrics(), log: recordedLog() };
    const hub = new HubObserver({ ...deps, client: new ServerKube() });
    const object = anInferenceDeploymentObject({
      '/metadata/name': 'llama',
      '/metadata/uid': 'u1',
      '/metadata/resourceVersion': '7',
      '/metadata/managedFields': [{ manager: 'kubectl' }],
      '/metadata/annotations': { team: 'search', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      '/status': { readyReplicas: 1 },
    });
    hub.deployments.replace([object as never], '7');
    const kept = hub.deployment(workloadKey(namespaceName('ml-prod'), 'llama'));
    expect(kept?.parsed.ok).to.equal(true);
    expect(kept?.object.metadata).to.include({ name: 'llama', uid: 'u1', resourceVersion: '7' });
    expect(kept?.object.metadata.annotations).to.deep.equal({ team: 'search' });
    expect(kept?.object['status']).to.deep.equal({ readyReplicas: 1 });
    expect(kept?.object).to.not.have.property('spec');
    expect(kept?.object.metadata).to.not.have.property('managedFields');
  });
});
