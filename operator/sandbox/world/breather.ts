/**
 * Lets the rest of the process run between pieces of a long work. Calls of an API server in the same process never wait
 * for anything, so that without a breath a thousand of them would keep its other clients waiting.
 */
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';

/** Small beside what a client of the API server notices, large enough not to matter. */
const PIECES_PER_BREATH = 50;

export class Breather {
  #pieces = 0;

  /** Call after each piece. */
  async breathe(): Promise<void> {
    this.#pieces += 1;
    if (this.#pieces < PIECES_PER_BREATH) return;
    this.#pieces = 0;
    await turnOfEventLoop();
  }
}
