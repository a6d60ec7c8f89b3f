/**
 * The last planning passes that changed a plan, each with the snapshot that it was decided from: a ring that is bounded in
 * number and in bytes, packed beside the work and never at its expense.
 */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { formatInstant } from '../api/parse-instant.ts';
import { outlineOf, textOf, type PlanningPass } from '../decide/record/recorded-pass.ts';
import type { Clock } from '../model/clock.ts';
import type { WorkloadKey } from '../model/names.ts';
import { millis } from '../model/units.ts';
import type { Log } from '../runtime/log.ts';

export interface DecisionRecordOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Left out: 64 passes and 16 MiB. */
  readonly limits?: { readonly passes: number; readonly bytes: number };
}

const USUAL_LIMITS = { passes: 64, bytes: 16 * 2 ** 20 };
/** After a pass was packed for so long, the next one waits this many times as long: at most a tenth of the time goes into it. */
const REST = 9;
/** A fleet that packs within this may be recorded as often as it changes. */
const LIGHT = millis(20);
/** What is decided is recorded and acted on first. */
const PACK_DELAY = millis(200);
const NEVER = new AbortController().signal;
/** Text is handed to the packer in pieces of about this size; between two of them the process does its work. */
const PIECE = 64 * 1024;
/** Deployments named in the index. */
const MOST_NAMED = 20;

/** One line of the index. */
export interface RecordedEntry {
  readonly id: string;
  readonly at: string;
  /** Deployments whose plan changed, the first of them by name. */
  readonly changed: number;
  readonly deployments: readonly WorkloadKey[];
  readonly asked: number;
  readonly bytes: number;
}

export interface RecordedIndex {
  readonly decisions: readonly RecordedEntry[];
  /** Passes that changed a plan and are not in the list: while another was packed, or pushed out by newer ones. */
  readonly missing: number;
}

interface Kept {
  readonly entry: RecordedEntry;
  readonly packed: Uint8Array;
}

export class DecisionRecord {
  readonly #options: DecisionRecordOptions;
  readonly #limits: { readonly passes: number; readonly bytes: number };
  readonly #kept: Kept[] = [];
  /** The last outline of each deployment's plan. */
  readonly #last = new Map<WorkloadKey, string>();
  #packing = false;
  #restsUntil = millis(Number.NEGATIVE_INFINITY);
  #count = 0;
  #missing = 0;

  constructor(options: DecisionRecordOptions) {
    this.#options = options;
    this.#limits = options.limits ?? USUAL_LIMITS;
  }

  /** Keeps the pass if it changed any plan; it is packed in the background. */
  readonly remember = (pass: PlanningPass): void => {
    const changed = this.#changedBy(pass);
    if (changed.length === 0) return;
    this.#count += 1;
    if (this.#packing || this.#options.clock.monotonic() < this.#restsUntil) this.#missing += 1;
    else void this.#pack(pass, changed, String(this.#count));
  };

  /** Newest first. */
  index(): RecordedIndex {
    return { decisions: this.#kept.map(({ entry }) => entry).toReversed(), missing: this.#missing };
  }

  /** The gzipped JSON of a pass; null: there is none of that id. */
  packed(id: string): Uint8Array | null {
    return this.#kept.find(({ entry }) => entry.id === id)?.packed ?? null;
  }

  #changedBy({ snapshot, plans }: PlanningPass): readonly WorkloadKey[] {
    const changed = plans.flatMap((plan) => {
      const outline = JSON.stringify(outlineOf(plan));
      if (this.#last.get(plan.key) === outline) return [];
      this.#last.set(plan.key, outline);
      return [plan.key];
    });
    if (this.#last.size > 2 * snapshot.workloads.length + 100) {
      const there = new Set(snapshot.workloads.map(({ workload }) => workload.key));
      for (const key of this.#last.keys()) if (!there.has(key)) this.#last.delete(key);
    }
    return changed;
  }

  async #pack(pass: PlanningPass, changed: readonly WorkloadKey[], id: string): Promise<void> {
    const { clock, log, version } = this.#options;
    this.#packing = true;
    await clock.sleep(PACK_DELAY, NEVER);
    const started = clock.monotonic();
    try {
      const gzip = createGzip();
      const text = Readable.from(inPieces(textOf(pass, version)), { objectMode: false });
      const packed = new Uint8Array(await buffer(text.pipe(gzip)));
      const deployments = changed.slice(0, MOST_NAMED);
      const at = formatInstant(pass.snapshot.at);
      const asked = pass.keys.length;
      this.#keep({ entry: { id, at, changed: changed.length, deployments, asked, bytes: packed.length }, packed });
    } catch (error) {
      this.#missing += 1;
      log.warn('a planning pass could not be recorded', { err: error });
    } finally {
      this.#packing = false;
      const took = clock.monotonic() - started;
      if (took > LIGHT) this.#restsUntil = millis(clock.monotonic() + REST * took);
    }
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    const bytes = (): number => this.#kept.reduce((sum, { packed }) => sum + packed.length, 0);
    while (this.#kept.length > this.#limits.passes || bytes() > this.#limits.bytes) {
      this.#kept.shift();
      this.#missing += 1;
    }
  }
}

function* inPieces(text: Iterable<string>): Generator<Buffer, void> {
  let piece = '';
  for (const part of text) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}
