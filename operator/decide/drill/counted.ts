/** Numbers of things, in words. */

/** `1 placement`, `2 placements`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
