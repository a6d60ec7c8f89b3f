/** What can be made to go wrong between a server and its clients: FaultGate decides it request by request. */
import { assertNever } from '../../../model/assert-never.ts';
import type { Clock } from '../../../model/clock.ts';
import { millis } from '../../../model/units.ts';
import { ApiError, forbidden, unauthorized } from '../objects/status-error.ts';
import type { Subject } from '../objects/status-error.ts';

/** One thing that goes wrong until it is set otherwise. */
export type Fault =
  /** Nothing listens: connections are refused and open ones reset. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted and nothing is ever answered; open ones fall silent. */
  | { readonly kind: 'black-hole' }
  /** Every answer comes this much later, in real time. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** This share of the requests, spread evenly, is answered with this status. */
  | { readonly kind: 'error'; readonly status: number; readonly share: number; readonly retryAfterSeconds?: number }
  /** Watches are cut off, and new ones as soon as they start. */
  | { readonly kind: 'drop-watches' }
  /** Watches stay open and tell nothing; what they missed comes when the fault ends. */
  | { readonly kind: 'stall-watches' }
  /** Credentials are not accepted. */
  | { readonly kind: 'unauthorized' }
  /** These resources (plurals, or '*') may not be touched. */
  | { readonly kind: 'forbidden'; readonly resources: readonly string[] };

const REASONS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [429, ['TooManyRequests', 'The server is currently unable to handle the request, please try again later.']],
  [500, ['InternalError', 'Internal error occurred: fault injected']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [504, ['Timeout', 'Timeout: request did not complete within the allotted timeout']],
]);

function injected(status: number, retryAfterSeconds: number | undefined): ApiError {
  const [reason, message] = REASONS.get(status) ?? ['', 'fault injected'];
  return new ApiError(status, reason, message, retryAfterSeconds === undefined ? null : { retryAfterSeconds });
}

export class FaultGate {
  readonly #clock: Clock;
  #fault: Fault | null = null;
  /** How much of an error has come due; a whole one is given out. */
  #errorDue = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  set(fault: Fault | null): void {
    this.#fault = fault;
    this.#errorDue = 0;
  }

  get swallowsRequests(): boolean {
    return this.#fault?.kind === 'black-hole';
  }

  get stallsWatches(): boolean {
    return this.#fault?.kind === 'stall-watches' || this.#fault?.kind === 'black-hole';
  }

  get dropsWatches(): boolean {
    return this.#fault?.kind === 'drop-watches';
  }

  /** Waits as the fault demands, and throws what it has the request answered with. */
  async admit(subject: Subject): Promise<void> {
    const fault = this.#fault;
    if (fault === null) return;
    switch (fault.kind) {
      case 'latency':
        await this.#pause(fault.ms);
        return;
      case 'error':
        this.#takeError(fault);
        return;
      case 'unauthorized':
        throw unauthorized();
      case 'forbidden':
        if (fault.resources.includes('*') || fault.resources.includes(subject.plural)) {
          throw forbidden(
            subject,
            '',
            `User cannot access resource "${subject.plural}" in API group "${subject.group}"`,
          );
        }
        return;
      case 'refuse':
      case 'black-hole':
      case 'drop-watches':
      case 'stall-watches':
        return;
      default:
        assertNever(fault);
    }
  }

  #takeError(fault: Extract<Fault, { kind: 'error' }>): void {
    this.#errorDue += fault.share;
    // A hair below one, so that ten tenths make a whole.
    if (this.#errorDue < 1 - 1e-9) return;
    this.#errorDue -= 1;
    throw injected(fault.status, fault.retryAfterSeconds);
  }

  /** Networks are slow in real time, whatever the sandbox's clock says. */
  #pause(ms: number): Promise<void> {
    const signal = this.#clock.deadline(millis(ms));
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
