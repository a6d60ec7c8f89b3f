/** Why a kubeconfig was refused: the field at fault and what to do, never a value. */
export class KubeconfigRefusal extends Error {
  override readonly name = 'KubeconfigRefusal';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}
