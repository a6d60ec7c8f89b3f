/** Deletion: finalizers, owners, grace, collections, namespaces. */
import { expect } from 'chai';
import { aConfigMap, aNamespace, aPod } from '../../support/apiserver-objects.ts';
import type { Json } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  causesOf,
  checkArea,
  configMaps,
  namesOf,
  pods,
  refusal,
  versionOf,
  widgets,
  type Subject,
} from '../../support/conformance-check.ts';
import { aWidget } from '../../support/apiserver-objects.ts';

const FINALIZER = 'example.test/hold';

/** Controllers work in their own time. */
async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(45_000);
  while (!(await isSo())) {
    if (patience.aborted) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const isGone = async (subject: Subject, path: string): Promise<boolean> =>
  (await subject.http.get(path)).status === 404;

/** An owner `o` and what it owns, `d`. */
async function family(subject: Subject): Promise<Json> {
  const owner = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('o')), 201);
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'o',
    uid: owner['metadata']?.['uid'],
    controller: true,
    blockOwnerDeletion: true,
  };
  bodyOf(await subject.http.post(configMaps(subject), aConfigMap('d', {}, { ownerReferences: [reference] })), 201);
  return owner;
}

const propagation = (propagationPolicy: string): object => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  propagationPolicy,
});

export const DELETION = checkArea('deletion', {
  'removes what nobody holds, and then does not know it': async (subject) => {
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    const status = bodyOf(await subject.http.delete(`${configMaps(subject)}/a`), 200);
    expect([status['kind'], status['status']]).to.deep.equal(['Status', 'Success']);
    refusal(await subject.http.delete(`${configMaps(subject)}/a`), 404, 'NotFound');
  },
  'marks what a finalizer holds, and removes it with its last finalizer': async (subject) => {
    const path = `${widgets(subject)}/w`;
    bodyOf(await subject.http.post(widgets(subject), aWidget('w', {}, { finalizers: [FINALIZER] })), 201);
    bodyOf(await subject.http.delete(path), 200);
    const marked = bodyOf(await subject.http.get(path), 200);
    expect(marked['metadata']?.['deletionTimestamp'] ?? null).not.to.equal(null);
    expect([marked['metadata']?.['generation'], marked['metadata']?.['deletionGracePeriodSeconds']]).to.deep.equal([
      2, 0,
    ]);
    const more = { metadata: { finalizers: [FINALIZER, 'example.test/more'] } };
    expect(causesOf(refusal(await subject.http.patch(path, 'merge', more), 422, 'Invalid'))).to.deep.equal([
      'FieldValueForbidden metadata.finalizers',
    ]);
    bodyOf(await subject.http.patch(path, 'merge', { metadata: { finalizers: null } }), 200);
    expect(await isGone(subject, path)).to.equal(true);
  },
  'changes what is marked on, as long as it is held': async (subject) => {
    const path = `${widgets(subject)}/w`;
    bodyOf(await subject.http.post(widgets(subject), aWidget('w', {}, { finalizers: [FINALIZER] })), 201);
    bodyOf(await subject.http.delete(path), 200);
    bodyOf(await subject.http.patch(`${path}/status`, 'merge', { status: { phase: 'Ending' } }), 200);
    const again = bodyOf(await subject.http.delete(path), 200);
    expect(again['status']?.['phase']).to.equal('Ending');
    bodyOf(await subject.http.patch(path, 'merge', { metadata: { finalizers: null } }), 200);
  },
  'deletes only what is meant: that uid, that version': async (subject) => {
    const made = bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    const path = `${configMaps(subject)}/a`;
    const given = (preconditions: object): object => ({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
    refusal(await subject.http.delete(path, given({ uid: '00000000-0000-0000-0000-000000000001' })), 409, 'Conflict');
    refusal(await subject.http.delete(path, given({ resourceVersion: '1' })), 409, 'Conflict');
    const right = { uid: made['metadata']?.['uid'], resourceVersion: versionOf(made) };
    bodyOf(await subject.http.delete(path, given(right)), 200);
  },
  'collects what its owner has left, in the background': async (subject) => {
    await family(subject);
    bodyOf(await subject.http.delete(`${configMaps(subject)}/o`, propagation('Background')), 200);
    expect(await isGone(subject, `${configMaps(subject)}/o`)).to.equal(true);
    await eventually('the dependent goes', () => isGone(subject, `${configMaps(subject)}/d`));
  },
  'removes what is owned before its owner, in the foreground': async (subject) => {
    await family(subject);
    const hold = { metadata: { finalizers: [FINALIZER] } };
    bodyOf(await subject.http.patch(`${configMaps(subject)}/d`, 'merge', hold), 200);
    bodyOf(await subject.http.delete(`${configMaps(subject)}/o`, propagation('Foreground')), 200);
    const owner = bodyOf(await subject.http.get(`${configMaps(subject)}/o`), 200);
    expect(owner['metadata']?.['finalizers']).to.deep.equal(['foregroundDeletion']);
    await eventually('the dependent is marked', async () => {
      const dependent = bodyOf(await subject.http.get(`${configMaps(subject)}/d`), 200);
      return (dependent['metadata']?.['deletionTimestamp'] ?? null) !== null;
    });
    expect(await isGone(subject, `${configMaps(subject)}/o`)).to.equal(false);
    bodyOf(await subject.http.patch(`${configMaps(subject)}/d`, 'merge', { metadata: { finalizers: null } }), 200);
    await eventually('the owner goes', () => isGone(subject, `${configMaps(subject)}/o`));
  },
  'leaves what is owned an orphan when asked to': async (subject) => {
    await family(subject);
    bodyOf(await subject.http.delete(`${configMaps(subject)}/o`, propagation('Orphan')), 200);
    await eventually('the owner goes', () => isGone(subject, `${configMaps(subject)}/o`));
    const orphan = bodyOf(await subject.http.get(`${configMaps(subject)}/d`), 200);
    expect(orphan['metadata']?.['ownerReferences'] ?? null).to.equal(null);
  },
  'collects what names an owner that never was': async (subject) => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '00000000-0000-0000-0000-000000000009' };
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('d', {}, { ownerReferences: [owner] })), 201);
    await eventually('it goes', () => isGone(subject, `${configMaps(subject)}/d`));
  },
  'ends a pod that runs nowhere at once, and one on a node in its grace': async (subject) => {
    bodyOf(await subject.http.post(pods(subject), aPod('p')), 201);
    bodyOf(await subject.http.delete(`${pods(subject)}/p`), 200);
    expect(await isGone(subject, `${pods(subject)}/p`)).to.equal(true);
    const spec = { nodeName: 'some-node', terminationGracePeriodSeconds: 60 };
    bodyOf(await subject.http.post(pods(subject), aPod('q', { spec })), 201);
    const ending = bodyOf(await subject.http.delete(`${pods(subject)}/q`), 200);
    expect(ending['metadata']?.['deletionGracePeriodSeconds']).to.equal(60);
    bodyOf(await subject.http.delete(`${pods(subject)}/q`, { gracePeriodSeconds: 0 }), 200);
    expect(await isGone(subject, `${pods(subject)}/q`)).to.equal(true);
  },
  'deletes a selection at once': async (subject) => {
    for (const name of ['a', 'b'])
      bodyOf(await subject.http.post(configMaps(subject), aConfigMap(name, {}, { labels: { go: 'y' } })), 201);
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('c')), 201);
    bodyOf(await subject.http.delete(`${configMaps(subject)}?labelSelector=go%3Dy`), 200);
    const left = namesOf(bodyOf(await subject.http.get(configMaps(subject)), 200)).filter(
      (it) => it !== 'kube-root-ca.crt',
    );
    expect(left).to.deep.equal(['c']);
  },
  'empties a namespace and lets nothing more in while it ends': async (subject) => {
    const name = `${subject.namespace}-ending`;
    bodyOf(await subject.http.post('/api/v1/namespaces', aNamespace(name)), 201);
    const maps = `/api/v1/namespaces/${name}/configmaps`;
    bodyOf(await subject.http.post(maps, aConfigMap('held', {}, { finalizers: [FINALIZER] })), 201);
    bodyOf(await subject.http.delete(`/api/v1/namespaces/${name}`), 200);
    const ending = bodyOf(await subject.http.get(`/api/v1/namespaces/${name}`), 200);
    expect(ending['status']?.['phase']).to.equal('Terminating');
    const late = refusal(await subject.http.post(maps, aConfigMap('late')), 403, 'Forbidden');
    expect(causesOf(late)).to.deep.equal(['NamespaceTerminating metadata.namespace']);
    await eventually('what is held is marked', async () => {
      const held = bodyOf(await subject.http.get(`${maps}/held`), 200);
      return (held['metadata']?.['deletionTimestamp'] ?? null) !== null;
    });
    bodyOf(await subject.http.patch(`${maps}/held`, 'merge', { metadata: { finalizers: null } }), 200);
    await eventually('the namespace goes', () => isGone(subject, `/api/v1/namespaces/${name}`));
  },
});
