/** Reads a recorded planning pass from a file or from the operator that keeps it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { PASS_FORMAT, type RecordedPass } from '../../decide/record/recorded-pass.ts';

/** An operator on the same machine or behind a port-forward answers at once, and a large fleet takes a moment. */
const PATIENCE_MS = 30_000;

/** Throws with one sentence that says what is wrong and what to do. */
export async function readPass(source: string): Promise<RecordedPass> {
  const text = /^https?:\/\//.test(source) ? await fetched(source) : unpacked(source);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `${source} is not JSON (${String(cause)}); save one with curl --compressed URL/decisions/ID`;
    throw new Error(message, { cause });
  }
  if (isPass(value)) return value;
  const listed = idsIn(value);
  throw new Error(
    listed === null
      ? `${source} is no recorded decision (its format has to be ${PASS_FORMAT}); /decisions of the operator lists them`
      : `${source} lists decisions; name one of them: ${listed.map((id) => `${source.replace(/\/$/, '')}/${id}`).join(', ') || 'none is on record yet'}`,
  );
}

async function fetched(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    throw new Error(`${url} cannot be reached; is the operator's port forwarded?`, { cause });
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text.trim()}`);
  return text;
}

function unpacked(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Error(`${path} cannot be read; name a file that exists, or a URL`, { cause });
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The format is the version of all that is inside: the rest is read as it was written. */
const isPass = (value: unknown): value is RecordedPass =>
  isObject(value) && value['format'] === PASS_FORMAT && isObject(value['snapshot']) && Array.isArray(value['plans']);

function idsIn(value: unknown): readonly string[] | null {
  if (!isObject(value) || !Array.isArray(value['decisions'])) return null;
  return value['decisions'].map((it: unknown) => (isObject(it) ? String(it['id']) : ''));
}
