/** Turns the bytes of a watch into events; every line counts, and none is skipped. */
import { RetryableError } from '../model/errors.ts';
import { failureOfGarbage, failureOfStatus, parseStatus } from './api-failure.ts';
import type { KubeObject, WatchEvent } from './kube-client.ts';

/** An object is at most 1.5 MiB in etcd, a little more on the wire. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/** Cuts a stream of bytes into the watch's events. */
export class WatchDecoder {
  readonly #what: string;
  readonly #text = new TextDecoder('utf-8');
  /** The beginning of a line whose end has not come: kept in pieces, so that a long one is joined once. */
  #begun: string[] = [];
  #begunLength = 0;

  /** `what` names the watch in failures. */
  constructor(what: string) {
    this.#what = what;
  }

  /** The events that this chunk completes. Throws what an ERROR event means, and ServerError on a broken line. */
  *push(chunk: Uint8Array): Generator<WatchEvent> {
    const text = this.#text.decode(chunk, { stream: true });
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = this.#take() + text.slice(from, end);
      from = end + 1;
      if (line.trim() !== '') yield parseWatchLine(this.#what, line);
    }
    this.#keep(text.slice(from));
  }

  /** To be called when the server ended the watch: a line that was cut off is a failure. */
  end(): void {
    if (this.#take().trim() !== '') throw failureOfGarbage(this.#what);
  }

  #keep(text: string): void {
    if (text === '') return;
    this.#begun.push(text);
    this.#begunLength += text.length;
    if (this.#begunLength <= MAX_LINE_LENGTH) return;
    throw new RetryableError(`${this.#what}: an event is too long`, { code: 'ServerError' });
  }

  #take(): string {
    const line = this.#begun.join('');
    this.#begun = [];
    this.#begunLength = 0;
    return line;
  }
}

function parseWatchLine(what: string, line: string): WatchEvent {
  const { type, object } = parseLine(what, line);
  switch (type) {
    case 'ADDED':
      return { type: 'Added', object: asObject(what, object) };
    case 'MODIFIED':
      return { type: 'Modified', object: asObject(what, object) };
    case 'DELETED':
      return { type: 'Deleted', object: asObject(what, object) };
    case 'BOOKMARK':
      return { type: 'Bookmark', resourceVersion: asObject(what, object).metadata.resourceVersion ?? '' };
    case 'ERROR': {
      const status = parseStatus(object);
      throw status === null ? failureOfGarbage(what) : failureOfStatus(what, status);
    }
    default:
      throw failureOfGarbage(what);
  }
}

function parseLine(what: string, line: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    const parsed: unknown = JSON.parse(line);
    return parsed !== null && typeof parsed === 'object' ? parsed : {};
  } catch (error) {
    throw failureOfGarbage(what, error);
  }
}

/** What has a name or a version is an object; the rest is for those who know the kind. */
function asObject(what: string, value: unknown): KubeObject {
  const metadata = (value as { readonly metadata?: unknown } | null | undefined)?.metadata;
  if (metadata === null || typeof metadata !== 'object') throw failureOfGarbage(what);
  const { resourceVersion } = metadata as { readonly resourceVersion?: unknown };
  if (typeof resourceVersion !== 'string' || resourceVersion === '') throw failureOfGarbage(what);
  return value as KubeObject;
}
