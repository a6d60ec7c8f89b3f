/** Lists and watches over HTTP until told to stop, so that whoever listens misses nothing and sees nothing twice. */
import type { Clock } from '../../model/clock.ts';
import { seconds } from '../../model/units.ts';
import type { KubeDocument } from '../kube-api.ts';
import { keyOf } from './kube-documents.ts';

export interface ListAnswer {
  readonly items: readonly KubeDocument[];
  readonly resourceVersion: string;
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface HttpsWatch {
  readonly clock: Clock;
  readonly onEvent: (type: EventType, object: KubeDocument) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly list: () => Promise<ListAnswer>;
  /** One watch from that version on; its chunks are lines of JSON. */
  readonly open: (resourceVersion: string) => Promise<AsyncIterable<Uint8Array>>;
  readonly signal: AbortSignal;
}

/** Between two connections, so that a server that closes each at once is not kept busy. */
const RECONNECT_DELAY = seconds(1);

export async function watchForEver(watch: HttpsWatch): Promise<void> {
  const { clock, onTrouble, signal } = watch;
  const held = new Map<string, KubeDocument>();
  let version: string | null = null;
  while (!signal.aborted) {
    try {
      version ??= await relist(watch, held);
      version = await follow(watch, held, version);
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(error);
      version = null;
    }
    if (!signal.aborted) await clock.sleep(RECONNECT_DELAY, signal).catch(() => {});
  }
}

/** Tells what is new, what has changed and what has gone since the last that was heard. */
async function relist({ list, onEvent }: HttpsWatch, held: Map<string, KubeDocument>): Promise<string> {
  const { items, resourceVersion } = await list();
  const present = new Map(items.map((item) => [keyOf(item), item]));
  for (const [key, object] of held) {
    if (present.get(key)?.metadata.uid === object.metadata.uid) continue;
    held.delete(key);
    onEvent('DELETED', object);
  }
  for (const [key, object] of present) {
    const before = held.get(key);
    held.set(key, object);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    onEvent(before === undefined ? 'ADDED' : 'MODIFIED', object);
  }
  return resourceVersion;
}

interface WatchLine {
  readonly type: EventType | 'BOOKMARK' | 'ERROR';
  readonly object: KubeDocument;
}

/** Follows one connection to its end; answers from where to go on, null when that is too long ago. */
async function follow(watch: HttpsWatch, held: Map<string, KubeDocument>, from: string): Promise<string | null> {
  let version = from;
  for await (const { type, object } of linesOf(await watch.open(from))) {
    if (type === 'ERROR') return null;
    version = object.metadata.resourceVersion ?? version;
    if (type === 'BOOKMARK') continue;
    if (type === 'DELETED') held.delete(keyOf(object));
    else held.set(keyOf(object), object);
    watch.onEvent(type, object);
  }
  return version;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<WatchLine> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchLine;
  }
}
