/** The price list service over JSON 1.1: GetProducts for AmazonEC2, whose rows are JSON texts. */
import type { Instant } from '../../../model/units.ts';
import { offsetOf, pageOf } from '../page-token.ts';
import { priceOf } from '../price-book.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from '../service-endpoint.ts';
import { SKUS, type Sku } from '../sku-catalogue.ts';
import type { AwsIdentities } from './aws-identities.ts';
import { AWS_REGIONS, type AwsRegion } from './aws-zones.ts';
import { authenticationRefusal, awsRefusals, json11, json11Error, type AuthenticationCodes } from './aws-wording.ts';
import { uuidOf } from '../identifiers.ts';

const CODES: AuthenticationCodes = {
  missing: [400, 'MissingAuthenticationTokenException'],
  'unknown-key': [400, 'UnrecognizedClientException'],
  'bad-signature': [400, 'InvalidSignatureException'],
  expired: [400, 'ExpiredTokenException'],
  'wrong-service': [400, 'InvalidSignatureException'],
};

const TARGET = 'AWSPriceListService.';
const MAX_PAGE = 100;

/** A product of the price list: an instance type in a region, for one system, tenancy and way of paying. */
interface Product {
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the on-demand price of a plain node. */
  readonly factor: number;
}

/** How the variants of a type differ: only the first is what a node pool pays. */
const VARIANTS: readonly (Readonly<Record<string, string>> & { readonly factor: string })[] = [
  { operatingSystem: 'Linux', tenancy: 'Shared', capacitystatus: 'Used', marketoption: 'OnDemand', factor: '1' },
  { operatingSystem: 'Windows', tenancy: 'Shared', capacitystatus: 'Used', marketoption: 'OnDemand', factor: '1.3' },
  { operatingSystem: 'Linux', tenancy: 'Dedicated', capacitystatus: 'Used', marketoption: 'OnDemand', factor: '1.1' },
  {
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    capacitystatus: 'AllocatedCapacityReservation',
    marketoption: 'OnDemand',
    factor: '0',
  },
];

const productsOf = (sku: Sku, region: AwsRegion): readonly Product[] =>
  VARIANTS.map(({ factor, ...variant }) => ({
    attributes: {
      servicecode: 'AmazonEC2',
      servicename: 'Amazon Elastic Compute Cloud',
      productFamily: 'Compute Instance',
      instanceType: sku.instanceType,
      regionCode: region.name,
      location: region.location,
      locationType: 'AWS Region',
      vcpu: String(sku.vcpu),
      memory: `${sku.memoryGiB} GiB`,
      preInstalledSw: 'NA',
      licenseModel: 'No License required',
      ...variant,
    },
    factor: Number(factor),
  }));

/** What an hour of the product costs; null where it is not sold. */
function priceOfProduct(context: CloudContext, { attributes, factor }: Product): number | null {
  const usd = priceOf(context.state, {
    provider: 'aws',
    region: attributes['regionCode'] ?? '',
    zone: '',
    instanceType: attributes['instanceType'] ?? '',
    capacityType: 'on-demand',
    at: context.clock.now(),
  });
  return usd === null ? null : usd * factor;
}

/** The product as the service writes it: a JSON text in the answer's list. */
function priceListEntry(product: Product, price: string, effectiveDate: string): string {
  const { productFamily, ...attributes } = product.attributes;
  const sku = uuidOf(JSON.stringify(product.attributes)).replaceAll('-', '').slice(0, 16).toUpperCase();
  const term = `${sku}.JRTCKXETXF`;
  const dimension = `${term}.6YS6EN2CT7`;
  return JSON.stringify({
    product: { productFamily, attributes, sku },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        [term]: {
          priceDimensions: {
            [dimension]: {
              unit: 'Hrs',
              endRange: 'Inf',
              description: `$${price} per On Demand ${attributes['operatingSystem']} ${attributes['instanceType']} Instance Hour`,
              appliesTo: [],
              rateCode: dimension,
              beginRange: '0',
              pricePerUnit: { USD: price },
            },
          },
          sku,
          effectiveDate,
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '20261101000000',
    publicationDate: effectiveDate,
  });
}

interface GetProductsRequest {
  readonly ServiceCode?: string;
  readonly Filters?: readonly { readonly Type: string; readonly Field: string; readonly Value: string }[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const invalid = (message: string): ServiceRefusal =>
  new ServiceRefusal(message, { status: 400, code: 'InvalidParameterException' });

const passes = (product: Product, filters: GetProductsRequest['Filters'] = []): boolean =>
  filters.every(({ Type, Field, Value }) => {
    if (Type !== 'TERM_MATCH') throw invalid(`The sandbox knows filters of type TERM_MATCH only, not ${Type}`);
    return product.attributes[Field] === Value;
  });

function bodyOf(request: CloudRequest): GetProductsRequest {
  try {
    return JSON.parse(request.body.toString()) as GetProductsRequest;
  } catch {
    throw new ServiceRefusal('', { status: 400, code: 'SerializationException' });
  }
}

function getProducts(context: CloudContext, listedAt: Instant, request: GetProductsRequest): object {
  if (request.ServiceCode !== 'AmazonEC2') throw invalid(`Invalid ServiceCode: ${request.ServiceCode}`);
  const { MaxResults = MAX_PAGE } = request;
  if (MaxResults < 1 || MaxResults > MAX_PAGE) throw invalid(`MaxResults must be between 1 and ${MAX_PAGE}`);
  const offset = offsetOf(request.NextToken);
  if (offset === null)
    throw new ServiceRefusal('Invalid NextToken', { status: 400, code: 'InvalidNextTokenException' });
  const fault = context.state.faults.get('pricing');
  const bad = fault?.kind === 'bad-prices' ? fault.value : null;
  const products = SKUS.filter(({ provider }) => provider === 'aws')
    .flatMap((sku) => AWS_REGIONS.flatMap((region) => productsOf(sku, region)))
    .filter((product) => passes(product, request.Filters))
    .flatMap((product) => {
      const usd = priceOfProduct(context, product);
      return usd === null ? [] : [{ product, usd }];
    });
  const page = pageOf(products, offset, MaxResults);
  return {
    FormatVersion: 'aws_v1',
    NextToken: page.nextToken,
    PriceList: page.items.map(({ product, usd }) =>
      priceListEntry(
        product,
        bad === null || bad === 'stale' ? usd.toFixed(10) : bad,
        new Date(bad === 'stale' ? 0 : listedAt).toISOString(),
      ),
    ),
  };
}

/** The price list's endpoint; one for all regions. */
export function pricingEndpoint(context: CloudContext, identities: AwsIdentities): ServiceEndpoint {
  const listedAt = context.clock.now();
  const operation = (request: CloudRequest): string =>
    request.headers['x-amz-target'] === `${TARGET}GetProducts` ? 'GetProducts' : 'Unknown';
  return {
    operation,
    word: (refusal) => json11Error(refusal, context.nextId()),
    refusals: awsRefusals(CODES, [400, 'ThrottlingException', 'Rate exceeded']),

    answer(request): CloudResponse {
      const who = identities.authenticate(request, 'pricing');
      if (!who.ok) throw authenticationRefusal(CODES, who.failure);
      if (operation(request) === 'Unknown') {
        throw new ServiceRefusal('', { status: 400, code: 'UnknownOperationException' });
      }
      return json11(getProducts(context, listedAt, bodyOf(request)), context.nextId());
    },
  };
}
