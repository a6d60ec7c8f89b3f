import { expect } from 'chai';
import { DEPLOYMENTS, NAMESPACES } from '../../operator/kube/builtin-resources.ts';
import type { KubeEvent } from '../../operator/kube/event-recorder.ts';
import { fencedClient, fencedEvents } from '../../operator/kube/fenced-client.ts';
import { failureCode } from '../../operator/model/errors.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';

const { signal } = new AbortController();
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ml-prod' } };

describe('fencedClient', () => {
  it('writes while its holder leads, and neither creates, changes nor deletes anything after that', async () => {
    const kube = new MemoryKube();
    let leads = true;
    const client = fencedClient(kube, () => leads);
    const created = await client.create(NAMESPACES, namespace, signal);
    leads = false;
    const name = { name: 'ml-prod' };
    const writes = [
      client.create(NAMESPACES, { ...namespace, metadata: { name: 'other' } }, signal),
      client.replace(NAMESPACES, created, signal),
      client.apply(NAMESPACES, namespace, { force: true }, signal),
      client.patch(NAMESPACES, { ...name, body: {} }, signal),
      client.delete(NAMESPACES, name, {}, signal),
    ];
    const codes = await Promise.all(writes.map((write) => write.then(() => 'written', failureCode)));
    expect(codes).to.deep.equal(['Conflict', 'Conflict', 'Conflict', 'Conflict', 'Conflict']);
    expect((await client.list(NAMESPACES, {}, signal)).items).to.deep.equal([created]);
  });

  it('reads whether its holder leads or not', async () => {
    const client = fencedClient(new MemoryKube(), () => false);
    expect((await client.list(DEPLOYMENTS, {}, signal)).items).to.deep.equal([]);
  });
});

describe('fencedEvents', () => {
  it('tells what happens while its holder leads, and nothing that it believes after that', () => {
    const told: string[] = [];
    let leads = true;
    const events = fencedEvents({ emit: (event) => told.push(event.reason) }, () => leads);
    events.emit({ reason: 'MemberDown' } as KubeEvent);
    leads = false;
    events.emit({ reason: 'MemberSuspect' } as KubeEvent);
    expect(told).to.deep.equal(['MemberDown']);
  });
});
