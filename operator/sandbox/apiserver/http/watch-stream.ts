/** One watch as an HTTP response: a line of JSON for each event, until time, client or a fault ends it. */
import type { ServerResponse } from 'node:http';
import { seconds } from '../../../model/units.ts';
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { WatchSignal } from '../verbs/watch.ts';
import { watchObjects } from '../verbs/watch.ts';
import { ApiError } from '../objects/status-error.ts';
import type { Answer, Wording } from './answer.ts';
import type { EventLines } from './event-lines.ts';
import { partialMetadata, toTable } from '../printing/table.ts';

type WatchAnswer = Extract<Answer, { kind: 'watch' }>;

/** How long a watch that asks for no timeout lasts, in seconds: the API server's minimum of 30 minutes. */
const DEFAULT_TIMEOUT = 1800;

/** In bytes. */
const BACKLOG_LIMIT = 64 * 1024 * 1024;

export class WatchStream {
  readonly #cluster: Cluster;
  readonly #lines: EventLines;
  readonly #answer: WatchAnswer;
  readonly #wording: Wording;
  readonly #response: ServerResponse;
  #isFirstTable = true;
  #stalled = false;
  /** What came while stalled. */
  #held: string[] = [];
  #end: () => void = () => undefined;

  constructor(
    parts: { cluster: Cluster; lines: EventLines },
    answer: WatchAnswer,
    wording: Wording,
    response: ServerResponse,
  ) {
    this.#cluster = parts.cluster;
    this.#lines = parts.lines;
    this.#answer = answer;
    this.#wording = wording;
    this.#response = response;
  }

  /** Sends the headers and starts; what goes wrong with the watch itself is told as an event in the stream. */
  start(stalled: boolean): void {
    const { resource, query, timeoutSeconds } = this.#answer;
    this.#stalled = stalled;
    // Collected first: a watch that cannot start is answered with a status, as a real server does.
    const initial: WatchSignal[] = [];
    let pass = (signal: WatchSignal): unknown => initial.push(signal);
    const stop = this.#watch(resource, query, (signal) => pass(signal));
    if (stop === null) return;
    pass = (signal) => this.#send(signal);
    this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#response.flushHeaders();
    for (const signal of initial) this.#send(signal);
    const deadline = this.#cluster.clock.deadline(seconds(timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TIMEOUT));
    const finish = (): void => {
      this.bookmark();
      this.#response.end();
    };
    deadline.addEventListener('abort', finish, { once: true });
    this.#end = (): void => {
      stop();
      deadline.removeEventListener('abort', finish);
    };
    this.#response.on('close', () => this.#end());
  }

  /** A past that is forgotten is the one thing that is told in the stream; null: it was, and that was all. */
  #watch(
    resource: WatchAnswer['resource'],
    query: WatchAnswer['query'],
    onSignal: (signal: WatchSignal) => void,
  ): (() => void) | null {
    try {
      return watchObjects(this.#cluster, resource, query, onSignal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 410) throw error;
      this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
      this.#response.end(this.#lines.line('ERROR', error.status()));
      return null;
    }
  }

  /** Tells the client how far it has seen, if it asked to be told. */
  bookmark(): void {
    if (!this.#answer.bookmarks) return;
    this.#send({ type: 'BOOKMARK', revision: this.#cluster.revisions.current, endsInitialEvents: false });
  }

  /** Stops telling, or tells what was held back. */
  stall(stalled: boolean): void {
    this.#stalled = stalled;
    if (stalled) return;
    for (const line of this.#held) this.#response.write(line);
    this.#held = [];
  }

  /** Cuts the connection. */
  drop(): void {
    this.#response.destroy();
  }

  #send(signal: WatchSignal): void {
    const object = signal.type === 'BOOKMARK' ? this.#bookmarkBody(signal) : this.#objectBody(signal.object);
    const line = this.#lines.line(signal.type, object);
    if (this.#stalled) this.#held.push(line);
    else this.#response.write(line);
    // Whoever does not read is cut off, as by a real server, before what it has not read fills the memory.
    if (this.#response.writableLength > BACKLOG_LIMIT) this.drop();
  }

  #objectBody(object: KubeDocument): JsonMap {
    const { form, include } = this.#wording;
    if (form === 'metadata') return partialMetadata(object);
    if (form !== 'table') return object;
    const meta = { resourceVersion: object.metadata.resourceVersion ?? '' };
    const withColumns = this.#isFirstTable;
    this.#isFirstTable = false;
    return toTable(this.#answer.resource, [object], meta, { include, now: this.#cluster.clock.now(), withColumns });
  }

  #bookmarkBody({ revision, endsInitialEvents }: Extract<WatchSignal, { type: 'BOOKMARK' }>): JsonMap {
    const { kind, apiVersion } = this.#answer.resource;
    const annotations = endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    if (this.#wording.form === 'table') {
      const row = { cells: [], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } };
      return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: null, rows: [row] };
    }
    return { kind, apiVersion, metadata };
  }
}
