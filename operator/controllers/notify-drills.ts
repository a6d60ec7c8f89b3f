/** Tells webhooks of drills beside the loop that waits for nothing: in order for each drill, a few attempts, then no more. */
import { drillNote, type DrillNote } from '../act/drill-note.ts';
import { postWebhook, type PostOutcome, type WebhookPost } from '../act/post-webhook.ts';
import { SECRETS } from '../kube/builtin-resources.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../model/clock.ts';
import type { Drill, DrillState } from '../model/drill.ts';
import { isFailure } from '../model/errors.ts';
import { seconds, type Millis } from '../model/units.ts';
import type { Log } from '../runtime/log.ts';

export interface WebhookDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Reads the Secrets. */
  readonly hub: Pick<KubeClient, 'get'>;
  /** Of the operator, and of the Secrets. */
  readonly namespace: string;
  /** Whether a webhook may be on this machine, as in the sandbox. */
  readonly allowLoopback: boolean;
}

const POST_TIMEOUT = seconds(5);
/** Pauses between the attempts, one attempt more than pauses. */
const RETRY_DELAYS: readonly Millis[] = [seconds(1), seconds(5)];
/** Notes that wait; what comes beyond that is not told. */
const MOST_WAITING = 32;

export class WebhookDesk {
  readonly #options: WebhookDeskOptions;
  /** The last note of each drill, by uid: the next one waits for it. */
  readonly #last = new Map<string, Promise<void>>();
  #waiting = 0;

  constructor(options: WebhookDeskOptions) {
    this.#options = options;
  }

  /** A step of the drill is on record; returns at once, whatever becomes of the note. */
  tell(drill: Drill, after: DrillState, signal: AbortSignal): void {
    const secret = drill.spec.webhookSecret;
    const note = secret === null ? null : drillNote(drill, drill.state, after);
    if (secret === null || note === null) return;
    if (this.#waiting >= MOST_WAITING) {
      this.#untold(note, 'too many notes are waiting');
      return;
    }
    this.#waiting += 1;
    const before = this.#last.get(drill.uid) ?? Promise.resolve();
    const told = before
      .then(() => this.#deliver(note, secret, signal))
      .catch(() => {}) // only an abort gets here: the operator stops
      .then(() => {
        this.#waiting -= 1;
        if (this.#last.get(drill.uid) === told) this.#last.delete(drill.uid);
      });
    this.#last.set(drill.uid, told);
  }

  /** Resolves when nothing waits to be told. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  async #deliver(note: DrillNote, secret: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let outcome = await this.#attempt(note, secret, signal);
    for (const delay of RETRY_DELAYS) {
      if (outcome.kind !== 'NotNow') break;
      await clock.sleep(delay, signal);
      outcome = await this.#attempt(note, secret, signal);
    }
    if (outcome.kind !== 'Taken') this.#untold(note, outcome.why);
  }

  /** The Secret is read each time, so that one that is corrected helps the next attempt. */
  async #attempt(note: DrillNote, secret: string, signal: AbortSignal): Promise<PostOutcome> {
    signal.throwIfAborted();
    const where = await this.#addressIn(secret, signal);
    if ('why' in where) return { kind: 'NotNow', why: where.why };
    const { clock, allowLoopback } = this.#options;
    const deadline = AbortSignal.any([signal, clock.deadline(POST_TIMEOUT)]);
    return postWebhook({ ...where, body: JSON.stringify(note), allowLoopback }, deadline);
  }

  async #addressIn(
    name: string,
    signal: AbortSignal,
  ): Promise<Pick<WebhookPost, 'url' | 'allowPrivate'> | { readonly why: string }> {
    const { hub, namespace } = this.#options;
    try {
      const { data } = await hub.get(SECRETS, { namespace, name }, signal);
      const keys = (data ?? {}) as Readonly<Record<string, string>>;
      const text = (key: string): string =>
        Buffer.from(keys[key] ?? '', 'base64')
          .toString('utf8')
          .trim();
      if (text('url') === '') return { why: `Secret ${namespace}/${name} has no key url` };
      return { url: text('url'), allowPrivate: text('allowPrivate') === 'true' };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return {
        why: `Secret ${namespace}/${name} cannot be read (${error.code}); create it, and name it in the chart's rbac.drillWebhookSecrets`,
      };
    }
  }

  #untold({ drill, event }: DrillNote, reason: string): void {
    this.#options.log.warn('drill webhook was not told', { failoverDrill: drill, phase: event, reason });
  }
}
