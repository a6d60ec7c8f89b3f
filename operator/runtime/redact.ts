/** Takes secrets out of what is about to be logged: by the name of a field, and by the look of a value. */

const REDACTED = '[redacted]';
/** Long enough for any message of ours; whatever is longer is a body. */
const MAX_TEXT_LENGTH = 2_000;
/** Text beyond this is dropped unread, so that a huge body costs nothing. */
const MAX_SCANNED_LENGTH = 32_768;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;

/** Field names whose values are never shown. */
const SECRET_KEY =
  /^(data|stringData)$|token|secret|passw(or)?d|passphrase|authorization|credential|cookie|api[-_]?key|private[-_]?key|key[-_]?pem|key[-_]?data|access[-_]?key|signature|kubeconfig|sas$/iu;

/** Looks of secrets inside text; what is named in the first group stays. */
const SECRET_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/gu, // PEM, whole or cut off
  /\bey[JK][\w-]{6,}\.[\w-]+(?:\.[\w-]*)*/gu, // JWT, JWE
  /\bk8s-aws-v1\.[\w-]+/gu, // EKS token
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}/gu, // AWS access key id
  /(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{6,}/giu,
  /(\b(?:sig|sas|signature|x-amz-signature|x-amz-security-token|x-amz-credential|client_secret|client_assertion|access_token|refresh_token|id_token|password|passwd|token)=)[^&\s"'<>]+/giu,
  /("(?:[\w-]*(?:token|secret|password|private_?key|key-data|Key))"\s*:\s*")[^"]+/gu, // a JSON body inside text
  /(\b\w+:\/\/)[^\s/@:]+:[^\s/@]+(?=@)/gu, // user:password@host
];

/** `text` without anything that looks like a secret, cut to a length that a log line can bear. */
export function redactText(text: string): string {
  const safe = SECRET_SHAPES.reduce(
    (seen, shape) =>
      seen.replace(shape, (_match, kept: unknown) => `${typeof kept === 'string' ? kept : ''}${REDACTED}`),
    text.slice(0, MAX_SCANNED_LENGTH),
  );
  return safe.length > MAX_TEXT_LENGTH ? `${safe.slice(0, MAX_TEXT_LENGTH)}...` : safe;
}

/** Whether values under this field name are secrets. */
export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

/** A copy of `value` that is safe to log; deep and long values are cut off. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return redactText(String(value));
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? '[function]' : value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => redactValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([key, item]) => [key, isSecretKey(key) ? REDACTED : redactValue(item, depth + 1)]),
  );
}
