/** Prints lines as they come; at a terminal in colour, and with a few lines below them that are kept up to date. */
import { styleText } from 'node:util';
import type { WriteStream } from 'node:tty';
import type { Told } from './tell-changes.ts';

/** What is printed to: a terminal, or a file or pipe, which gets plain lines and nothing else. */
export type Output = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

const COLOURS = { good: 'green', bad: 'yellow', plain: 'reset', title: 'bold', failure: 'red', live: 'dim' } as const;

const DEFAULT_COLUMNS = 80;

export class Terminal {
  readonly #output: Output;
  #status: readonly string[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  line(text: string, tone: Told['tone'] | 'title' | 'failure' = 'plain'): void {
    const live = this.#status;
    this.#erase();
    this.#output.write(`${this.#coloured(text, tone)}\n`);
    this.status(live);
  }

  /** Replaces the lines that are kept up to date; without a terminal there are none. */
  status(lines: readonly string[]): void {
    if (this.#output.isTTY !== true) return;
    this.#erase();
    const columns = this.#output.columns ?? DEFAULT_COLUMNS;
    // A line that wraps could not be taken back.
    this.#status = lines.map((line) => line.slice(0, columns - 1));
    for (const line of this.#status) this.#output.write(`${this.#coloured(line, 'live')}\n`);
  }

  #erase(): void {
    if (this.#status.length > 0) this.#output.write(`\u001b[${this.#status.length}A\u001b[J`);
    this.#status = [];
  }

  #coloured(text: string, tone: keyof typeof COLOURS): string {
    return tone === 'plain' ? text : styleText(COLOURS[tone], text, { stream: this.#output });
  }
}
