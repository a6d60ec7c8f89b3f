import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { DrillNote } from '../../operator/act/drill-note.ts';
import { WebhookDesk } from '../../operator/controllers/notify-drills.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { Clock } from '../../operator/model/clock.ts';
import type { DrillState } from '../../operator/model/drill.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import { aDrill, aDrillState, aFullDrillState } from '../support/drill-states.ts';
import { recordedLog, type RecordedLog } from '../support/kube-log.ts';

const NOTIFYING = { '/spec/notify': { webhookSecretRef: { name: 'drill-hook' } } };
const PATH = '/hooks/t0ken-nobody-may-see';

describe('WebhookDesk', () => {
  let server: Server;
  let answers: number[] = [];
  const heard: DrillNote[] = [];
  const slept: number[] = [];
  let log: RecordedLog;
  let desk: WebhookDesk;
  let secret: Readonly<Record<string, string>> | null = null;

  before(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push(JSON.parse(body) as DrillNote);
        response.writeHead(answers.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  beforeEach(() => {
    answers = [];
    heard.length = 0;
    slept.length = 0;
    log = recordedLog();
    secret = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`, allowPrivate: 'true' };
    const clock: Clock = { ...createSystemClock(), sleep: async (duration) => void slept.push(duration) };
    desk = new WebhookDesk({ clock, log, hub: { get }, namespace: 'tradewind-system', allowLoopback: true });
  });

  async function get(): Promise<KubeObject> {
    if (secret === null) throw new RetryableError('no such Secret', { code: 'NotFound' });
    const data = Object.fromEntries(
      Object.entries(secret).map(([key, text]) => [key, Buffer.from(`${text}\n`).toString('base64')]),
    );
    return { metadata: { name: 'drill-hook' }, data };
  }

  async function tell(...states: readonly DrillState[]): Promise<void> {
    const signal = new AbortController().signal;
    let before: DrillState | null = null;
    for (const state of states) {
      desk.tell({ ...aDrill(NOTIFYING), state: before }, state, signal);
      before = state;
    }
    await desk.idle();
  }

  const COURSE = (
    [
      ['Pending', null],
      ['Announced', null],
      ['Injecting', null],
      ['Observing', null],
      ['Observing', null],
      ['Aborting', null],
      ['Restoring', null],
      ['Completed', 'Aborted'],
    ] as const
  ).map(([phase, outcome]) => aFullDrillState({ phase, outcome }));
  const INJECTING = aFullDrillState({ phase: 'Injecting' });

  it('tells of the beginning, of an early stop and of the end, in this order and nothing else', async () => {
    answers = [500];
    await tell(...COURSE);
    expect(heard.map(({ event }) => event)).to.deep.equal(['Started', 'Started', 'Stopped', 'Ended']);
    const last = heard.at(-1);
    expect(last).to.deep.include({ drill: 'lose-use1', uid: 'uid-lose-use1', mode: 'DryRun', scope: 'Cluster' });
    expect(last).to.deep.include({ clusters: ['eks-use1'], phase: 'Completed', outcome: 'Aborted' });
    expect(last?.text).to.contain('Failover drill lose-use1').and.contain('is over, Aborted');
  });

  it('says nothing of a drill that names no Secret', async () => {
    desk.tell(aDrill(), INJECTING, new AbortController().signal);
    await desk.idle();
    expect(heard).to.deep.equal([]);
  });

  it('tries three times and gives up, and never says where', async () => {
    answers = [503, 503, 503, 503];
    await tell(INJECTING);
    expect(heard).to.have.length(3);
    expect(slept).to.deep.equal([1_000, 5_000]);
    const [line = expect.fail()] = log.lines;
    expect(line).to.deep.include({ level: 'warn', message: 'drill webhook was not told' });
    expect(line.fields).to.deep.equal({ failoverDrill: 'lose-use1', phase: 'Started', reason: 'it answered 503' });
    expect(JSON.stringify(log.lines)).not.to.contain('t0ken');
  });

  it('does not try again where that cannot help', async () => {
    answers = [404];
    await tell(INJECTING);
    expect(heard).to.have.length(1);
  });

  it('says what to do about a Secret that cannot be read or has no address in it', async () => {
    for (const [given, why] of [
      [null, /cannot be read \(NotFound\); create it, and name it in the chart's rbac.drillWebhookSecrets/],
      [{ other: 'thing' }, /has no key url/],
      [{ url: 'kubeconfig: what it should not have been' }, /does not begin with https:/],
    ] as const) {
      secret = given;
      await tell(INJECTING);
      expect(log.lines.at(-1)?.fields['reason']).to.match(why);
    }
    expect(JSON.stringify(log.lines)).not.to.contain('what it should not have been');
    expect(heard).to.deep.equal([]);
  });

  it('holds nobody up, and lets no more than a few wait', async () => {
    const begun = performance.now();
    const [signal, drill] = [new AbortController().signal, { ...aDrill(NOTIFYING), state: aDrillState() }];
    for (let drills = 0; drills < 100; drills += 1) desk.tell({ ...drill, uid: `uid-${drills}` }, INJECTING, signal);
    expect(performance.now() - begun).to.be.lessThan(1_000);
    await desk.idle();
    expect(heard.length).to.equal(32);
    expect(log.lines.filter(({ fields }) => fields['reason'] === 'too many notes are waiting')).to.have.length(68);
  });

  it('is silent once the operator stops', async () => {
    const stopped = AbortSignal.abort(new Error('the operator stops'));
    desk.tell({ ...aDrill(NOTIFYING), state: null }, INJECTING, stopped);
    await desk.idle();
    expect([...heard, ...log.lines]).to.deep.equal([]);
  });
});
