/** Regular expressions as Go writes them, run by JavaScript. */

/**
 * Compiles a pattern; throws for one that is malformed. Unicode mode reads characters as Go does, but refuses escapes of
 * plain punctuation that Go takes, so such patterns are read without it.
 */
export function compilePattern(pattern: string, flags = ''): RegExp {
  try {
    return new RegExp(pattern, `u${flags}`);
  } catch {
    return new RegExp(pattern, flags);
  }
}
