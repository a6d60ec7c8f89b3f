/** Where the clouds' APIs answer, when not at their public addresses: private endpoints, a proxy, or the sandbox. */
export interface CloudEndpoints {
  /** PEM of the authority that signs these endpoints' certificates; null: the system's roots. */
  readonly caPem: string | null;
  readonly aws: {
    readonly eks: string | null;
    readonly ec2: string | null;
    readonly pricing: string | null;
    readonly sts: string | null;
    /** Static credentials, for the sandbox only; null: the default provider chain. */
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  };
  readonly azure: {
    readonly resourceManager: string | null;
    readonly authority: string | null;
    readonly retailPrices: string | null;
    /** A client secret, for the sandbox only; null: the default chain (workload identity in a cluster). */
    readonly credentials: {
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: string;
    } | null;
  };
}

/** The public clouds, with the identity that the environment provides. */
export const PUBLIC_ENDPOINTS: CloudEndpoints = {
  caPem: null,
  aws: { eks: null, ec2: null, pricing: null, sts: null, credentials: null },
  azure: { resourceManager: null, authority: null, retailPrices: null, credentials: null },
};
