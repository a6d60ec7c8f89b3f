import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { postWebhook, type PostOutcome, type WebhookPost } from '../../operator/act/post-webhook.ts';

const NEVER = new AbortController().signal;

describe('postWebhook', () => {
  let server: Server;
  let status = 200;
  const heard: { readonly body: string; readonly request: IncomingMessage }[] = [];

  before(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push({ body, request });
        if (status !== 0) response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end('a secret');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  beforeEach(() => {
    status = 200;
    heard.length = 0;
  });

  const port = (): number => (server.address() as AddressInfo).port;
  const url = (host = '127.0.0.1'): string => `http://${host}:${port()}/hooks/t0ken`;
  const post = (changes: Partial<WebhookPost> = {}, signal = NEVER): Promise<PostOutcome> =>
    postWebhook({ url: url(), body: '{"drill":"a"}', allowPrivate: true, allowLoopback: true, ...changes }, signal);
  const resolvingTo =
    (...addresses: readonly string[]): NonNullable<WebhookPost['resolve']> =>
    (_host, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  it('posts JSON to the address, and reads no more than the status', async () => {
    expect(await post()).to.deep.equal({ kind: 'Taken' });
    const [{ body, request } = expect.fail()] = heard;
    expect(body).to.equal('{"drill":"a"}');
    expect(request.method).to.equal('POST');
    expect(request.url).to.equal('/hooks/t0ken');
    expect(request.headers['content-type']).to.equal('application/json');
  });

  it('tells what may be tried again from what may not, and follows no redirect', async () => {
    const kinds = new Map<number, string>();
    for (status of [204, 301, 307, 400, 404, 408, 429, 500, 503]) kinds.set(status, (await post()).kind);
    expect([...kinds]).to.deep.equal([
      [204, 'Taken'],
      [301, 'Refused'],
      [307, 'Refused'],
      [400, 'Refused'],
      [404, 'Refused'],
      [408, 'NotNow'],
      [429, 'NotNow'],
      [500, 'NotNow'],
      [503, 'NotNow'],
    ]);
    expect(heard).to.have.length(9);
  });

  it('waits for an answer no longer than it is told', async () => {
    status = 0;
    expect(await post({}, AbortSignal.timeout(50))).to.deep.equal({ kind: 'NotNow', why: 'no answer came in time' });
  });

  const unallowed: readonly (readonly [what: string, changes: Partial<WebhookPost>])[] = [
    ['no URL', { url: 'drill-hook' }],
    ['plain http without leave', { allowPrivate: false }],
    ['a file', { url: 'file:///etc/passwd' }],
    ['a user in the URL', { url: 'https://u:p@hooks.example.com/' }],
    ['metadata of a cloud', { url: 'https://169.254.169.254/latest' }],
    ['metadata by name', { url: 'https://metadata.google.internal/' }],
    ['metadata over IPv6', { url: 'https://[fd00:ec2::254]/' }],
    ['metadata written as IPv6', { url: 'https://[::ffff:169.254.169.254]/' }],
    ['this machine', { url: 'https://127.0.0.1/', allowLoopback: false }],
    ['a private address without leave', { url: 'https://10.1.2.3/', allowPrivate: false }],
    ['a private address in numbers', { url: 'https://0xa010203/', allowPrivate: false }],
    ['a private address written as IPv6', { url: 'https://[::ffff:192.168.0.1]/', allowPrivate: false }],
    ['a unique local address', { url: 'https://[fd12::1]/', allowPrivate: false }],
    [
      'a name of a private address',
      { url: 'https://hooks.example.com/', allowPrivate: false, resolve: resolvingTo('10.0.0.1', 'fd12::1') },
    ],
  ];
  for (const [what, changes] of unallowed)
    it(`refuses ${what}, and does not repeat it`, async () => {
      const outcome = await post(changes);
      expect(outcome.kind).to.equal('Refused');
      const { why } = outcome as { readonly why: string };
      expect(why).not.to.match(/hooks|passwd|10\.|169|192|latest|fd12|u:p/);
      expect(heard).to.deep.equal([]);
    });

  it('connects to none of a name’s addresses that reach metadata, even where private ones may be', async () => {
    const outcome = await post({ url: 'http://hooks.example.com/', resolve: resolvingTo('169.254.169.254') });
    expect(outcome).to.deep.equal({ kind: 'NotNow', why: 'no answer came (ENOTFOUND)' });
  });

  it('goes to a private address where that is allowed, and to the one public address of several where not', async () => {
    const where = { url: url('hooks.example.com'), allowLoopback: true };
    expect(await post({ ...where, resolve: resolvingTo('127.0.0.1') })).to.deep.equal({ kind: 'Taken' });
    const both = { url: `https://hooks.example.com:${port()}/`, allowPrivate: false };
    const outcome = await post({ ...both, resolve: resolvingTo('10.0.0.1', '127.0.0.1') });
    // It is no TLS server, but it was the one that was asked.
    expect(outcome.kind).to.equal('NotNow');
    expect((outcome as { readonly why: string }).why).not.to.contain('ENOTFOUND');
  });
});
