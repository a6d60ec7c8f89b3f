/** Endpoints for the adapters that lead to one replay server, with canaries for secrets. */
import { expect } from 'chai';
import type { CloudEndpoints } from '../../operator/clouds/cloud-endpoints.ts';
import type { ClusterRef } from '../../operator/clouds/cloud.ts';
import { type ErrorCode, type Failure, isFailure, TerminalError } from '../../operator/model/errors.ts';
import { regionName } from '../../operator/model/names.ts';
import type { Replay } from './clouds-replay.ts';

/** If this shows anywhere, a secret has leaked. */
export const CANARY = 'canary0secret0do0not0show';
export const TENANT = '11111111-1111-1111-1111-111111111111';
export const SUBSCRIPTION = '33333333-3333-3333-3333-333333333333';

export const aReplayedCloud = (replay: Pick<Replay, 'url' | 'caPem'>): CloudEndpoints => ({
  caPem: replay.caPem,
  aws: {
    eks: replay.url,
    ec2: replay.url,
    pricing: replay.url,
    sts: replay.url,
    credentials: { accessKeyId: 'AKIACANARYCANARY0000', secretAccessKey: CANARY },
  },
  azure: {
    resourceManager: replay.url,
    authority: replay.url,
    retailPrices: replay.url,
    credentials: { tenantId: TENANT, clientId: '22222222-2222-2222-2222-222222222222', clientSecret: CANARY },
  },
});

export const anEksCluster = (overrides: { name?: string; region?: string; roleArn?: string | null } = {}) =>
  ({
    kind: 'eks',
    name: overrides.name ?? 'prod',
    region: regionName(overrides.region ?? 'us-east-1'),
    roleArn: overrides.roleArn ?? null,
  }) as const satisfies ClusterRef;

export const anAksCluster = (overrides: { name?: string } = {}) =>
  ({
    kind: 'aks',
    subscriptionId: SUBSCRIPTION,
    resourceGroup: 'ml',
    name: overrides.name ?? 'prod',
  }) as const satisfies ClusterRef;

/** A signal that never aborts. */
export const noAbort = (): AbortSignal => new AbortController().signal;

/** The failure that the promise rejects with; anything else fails the test. */
export async function failureFrom(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
  throw new Error('expected a failure, got an answer');
}

/** Expects a failure with that code, of the kind that the contract wants for it, without the canary in it. */
export async function expectFailure(promise: Promise<unknown>, code: ErrorCode): Promise<Failure> {
  const failure = await failureFrom(promise);
  expect(failure.code, failure.message).to.equal(code);
  const terminal = ['Credentials', 'Forbidden', 'NotFound', 'Invalid'].includes(code);
  expect(failure instanceof TerminalError, `${code} is terminal`).to.equal(terminal);
  expect(JSON.stringify([failure.message, failure.stack, failure.cause ?? ''])).not.to.include(CANARY);
  return failure;
}
