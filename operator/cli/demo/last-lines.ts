/** Keeps the last lines of a log, to be shown only when they are of interest. */
import { Writable } from 'node:stream';

export class LastLines {
  readonly stream: Writable;
  readonly #limit: number;
  #lines: readonly string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
    this.stream = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        const fresh = chunk.toString().split('\n').filter(Boolean);
        this.#lines = [...this.#lines, ...fresh].slice(-this.#limit);
        done();
      },
    });
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }
}
