import { aksRig, eksRig } from '../support/clouds-sandbox-rig.ts';
import { conformance } from './conformance.ts';

conformance('EKS', eksRig);
conformance('AKS', aksRig);
