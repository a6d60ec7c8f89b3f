import { expect } from 'chai';
import { signed, whoAsks } from '../../../operator/cli/drill/who-asks.ts';
import type { KubeClient, KubeObject } from '../../../operator/kube/kube-client.ts';
import { TerminalError } from '../../../operator/model/errors.ts';

const NEVER = new AbortController().signal;
const answering = (answer: () => KubeObject): Pick<KubeClient, 'create'> => ({ create: async () => answer() });
const review = (status: object): KubeObject => ({ metadata: { name: '' }, status });

describe('whoAsks', () => {
  it('is the name by which the API server knows the caller', async () => {
    const client = answering(() => review({ userInfo: { username: 'ana', groups: ['sre'] } }));
    expect(await whoAsks(client, NEVER)).to.equal('ana');
  });

  it('is nobody where the server does not tell', async () => {
    const silent = answering(() => {
      throw new TerminalError('no such resource', { code: 'NotFound' });
    });
    expect(await whoAsks(silent, NEVER)).to.equal(null);
    expect(
      await whoAsks(
        answering(() => review({})),
        NEVER,
      ),
    ).to.equal(null);
  });
});

describe('signed', () => {
  const drill = (annotations?: Record<string, string>): KubeObject => ({
    metadata: { name: 'x', ...(annotations ? { annotations } : {}) },
  });

  it('carries the name, and leaves what a file says', () => {
    expect(signed(drill(), 'ana').metadata.annotations).to.deep.equal({ 'tradewind.dev/requested-by': 'ana' });
    const said = { 'tradewind.dev/requested-by': 'ben', note: 'x' };
    expect(signed(drill(said), 'ana').metadata.annotations).to.deep.equal(said);
  });

  it('carries nothing where nobody is known', () => {
    expect(signed(drill(), null)).to.deep.equal(drill());
  });
});
