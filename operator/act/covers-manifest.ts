/** Whether what stands already says everything that a manifest says. */

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True when each field of `wanted` is in `standing` with the same value; fields beyond it are others' or defaults. */
export function coversManifest(standing: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(standing) &&
      standing.length === wanted.length &&
      wanted.every((it, index) => coversManifest(standing[index], it))
    );
  if (!isObject(wanted)) return standing === wanted;
  return isObject(standing) && Object.entries(wanted).every(([name, value]) => coversManifest(standing[name], value));
}
