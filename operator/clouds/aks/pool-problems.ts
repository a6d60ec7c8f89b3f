/** Reads why an AKS agent pool could not be provisioned: out of capacity, out of quota, or something else. */
import type { ErrorDetail } from '@azure/arm-containerservice';
import { redactText } from '../../runtime/redact.ts';
import type { PoolProblem, PoolProblemKind } from '../cloud.ts';
import { SHORTAGE_BY_CODE } from './shortage-codes.ts';

/** OperationNotAllowed is also "another operation is running"; only its text tells a quota apart. */
const QUOTA_TEXT = /exceeding approved .*quota|LowPriorityCores|Total Regional Cores|Cores quota/i;

/** Deeper than any that AKS writes. */
const MAX_DEPTH = 8;
const MAX_MESSAGE_LENGTH = 500;

/** The kind and the most telling code in an Azure error, however deep it is wrapped; null when none is known. */
export function telltale(code: string, text: string): { readonly kind: PoolProblemKind; readonly code: string } | null {
  // Whole words, so that AllocationFailed is not found inside ZonalAllocationFailed.
  const words = new Set([code, ...(text.match(/\w+/g) ?? [])]);
  const known = Object.keys(SHORTAGE_BY_CODE).find((it) => words.has(it));
  if (known !== undefined) return { kind: SHORTAGE_BY_CODE[known] ?? 'Other', code: known };
  return QUOTA_TEXT.test(text) ? { kind: 'Quota', code: 'QuotaExceeded' } : null;
}

/** The pool's provisioning error as a problem. */
export function agentPoolProblem(error: ErrorDetail): PoolProblem {
  const all = flatten(error, MAX_DEPTH);
  const text = all.map(({ code, message }) => `${code ?? ''} ${message ?? ''}`).join(' ');
  const outer = error.code ?? 'Unknown';
  const found = telltale(outer, text) ?? { kind: 'Other' as const, code: outer };
  const told = all.map(({ message }) => message ?? '').find((message) => message !== '') ?? '';
  return { ...found, message: redactText(told).slice(0, MAX_MESSAGE_LENGTH) };
}

const flatten = (error: ErrorDetail, depth: number): readonly ErrorDetail[] =>
  depth === 0 ? [error] : [error, ...(error.details ?? []).flatMap((detail) => flatten(detail, depth - 1))];
