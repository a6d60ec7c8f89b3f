/** Verifies Entra tokens as the services do that are shown them: Resource Manager and AKS API servers. */
import type { CloudContext } from '../service-endpoint.ts';
import { AKS_SERVER_APPLICATION } from './entra.ts';
import type { TokenSigner } from './json-web-token.ts';

export type AzureTokenVerdict =
  | { readonly ok: true; readonly objectId: string; readonly tenantId: string; readonly applicationId: string }
  | { readonly ok: false; readonly failure: AzureTokenFailure; readonly reason: string };

export type AzureTokenFailure = 'invalid' | 'expired' | 'wrong-audience' | 'unknown-principal';

/** A verifier of tokens for any of these audiences, by the sandbox's clock. */
export function azureTokenVerifier(
  context: CloudContext,
  signer: TokenSigner,
  audiences: () => readonly string[],
): (token: string) => AzureTokenVerdict {
  return (token) => {
    const claims = signer.verified(token);
    if (claims === null) return { ok: false, failure: 'invalid', reason: 'The access token is invalid.' };
    const now = Math.floor(context.clock.now() / 1000);
    const { exp, aud, oid, tid, appid } = claims;
    if (typeof exp !== 'number' || exp <= now) {
      return {
        ok: false,
        failure: 'expired',
        reason: `The access token expired at '${String(exp)}', it is now '${now}'.`,
      };
    }
    if (!audiences().includes(String(aud))) {
      const reason = `The access token has been obtained for wrong audience or resource '${String(aud)}'. It should exactly match with one of the allowed audiences '${audiences().join("','")}'.`;
      return { ok: false, failure: 'wrong-audience', reason };
    }
    const { azure } = context.state.identities;
    if (oid !== azure.objectId || tid !== azure.tenantId) {
      return { ok: false, failure: 'unknown-principal', reason: `The principal '${String(oid)}' is not known.` };
    }
    return { ok: true, objectId: azure.objectId, tenantId: azure.tenantId, applicationId: String(appid) };
  };
}

/** A verifier of tokens for AKS API servers. */
export const aksTokenVerifier = (context: CloudContext, signer: TokenSigner): ((token: string) => AzureTokenVerdict) =>
  azureTokenVerifier(context, signer, () => [AKS_SERVER_APPLICATION]);
