/** The folder that KUBEBUILDER_ASSETS names, as envtest's users have it: what is in it, and of which version. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from './run-program.ts';
import { type Program, PROGRAMS } from './versions.ts';

export interface GivenPrograms {
  readonly folder: string;
  /** Of its kube-apiserver, without the v; null when that does not say. */
  readonly version: string | null;
  readonly missing: readonly Program[];
}

/** null: the variable is not set. */
export function givenPrograms(): GivenPrograms | null {
  const folder = process.env['KUBEBUILDER_ASSETS'] ?? '';
  if (folder === '') return null;
  const said = outputOf(join(folder, 'kube-apiserver'), '--version') ?? '';
  const version = /^Kubernetes v(\d+\.\d+\.\S+)/.exec(said)?.[1] ?? null;
  return { folder, version, missing: PROGRAMS.filter((program) => !isExecutable(join(folder, program))) };
}

/** 37 of 1.37.2. */
export const minorOf = (version: string): number => Number(version.split('.')[1]);

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
