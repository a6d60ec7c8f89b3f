/** EC2 over its query protocol: prices, types, where they are offered, and the zones of subnets. */
import { offsetOf, pageOf } from '../page-token.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from '../service-endpoint.ts';
import type { AwsIdentities } from './aws-identities.ts';
import { authenticationRefusal, awsRefusals, ec2Error, ec2Xml, type AuthenticationCodes } from './aws-wording.ts';
import { instanceTypes } from './ec2-instance-types.ts';
import { instanceTypeOfferings } from './ec2-offerings.ts';
import { spotPriceHistory } from './ec2-spot-prices.ts';
import { availabilityZones, subnets } from './ec2-subnets.ts';
import type { XmlNode } from './xml.ts';

const CODES: AuthenticationCodes = {
  missing: [401, 'AuthFailure'],
  'unknown-key': [401, 'AuthFailure'],
  'bad-signature': [403, 'SignatureDoesNotMatch'],
  expired: [400, 'RequestExpired'],
  'wrong-service': [401, 'AuthFailure'],
};

/** An operation that answers a list: its rows, the element they stand in, and the longest page. */
interface ListOperation {
  readonly element: string;
  readonly maxPage: number;
  rows(form: URLSearchParams, region: string): readonly XmlNode[];
}

function listOperations(context: CloudContext): Readonly<Record<string, ListOperation>> {
  const startedAt = context.clock.now();
  return {
    DescribeSpotPriceHistory: {
      element: 'spotPriceHistorySet',
      maxPage: 1000,
      rows: (form, region) => spotPriceHistory(context, { form, region, startedAt }),
    },
    DescribeInstanceTypes: { element: 'instanceTypeSet', maxPage: 100, rows: instanceTypes },
    DescribeInstanceTypeOfferings: {
      element: 'instanceTypeOfferingSet',
      maxPage: 1000,
      rows: instanceTypeOfferings,
    },
    DescribeSubnets: { element: 'subnetSet', maxPage: 1000, rows: (form, region) => subnets(context, form, region) },
    DescribeAvailabilityZones: {
      element: 'availabilityZoneInfo',
      maxPage: 1000,
      rows: (_form, region) => availabilityZones(region),
    },
  };
}

const formOf = (request: CloudRequest): URLSearchParams =>
  request.method === 'POST' ? new URLSearchParams(request.body.toString()) : request.query;

function pageSizeOf(form: URLSearchParams, maxPage: number): number {
  const asked = Number(form.get('MaxResults') ?? maxPage);
  if (!Number.isInteger(asked) || asked < 1) {
    throw new ServiceRefusal(`Value ( ${form.get('MaxResults')} ) for parameter maxResults is invalid.`, {
      status: 400,
      code: 'InvalidParameterValue',
    });
  }
  // Asking for more than a page holds is no error: EC2 answers what fits.
  return Math.min(asked, maxPage);
}

/** The endpoint of EC2 in every region; the caller's signature tells which is meant. */
export function ec2Endpoint(context: CloudContext, identities: AwsIdentities): ServiceEndpoint {
  const operations = listOperations(context);
  return {
    operation(request) {
      const action = formOf(request).get('Action') ?? '';
      return operations[action] === undefined ? 'Unknown' : action;
    },
    word: (refusal) => ec2Error(refusal, context.nextId()),
    refusals: awsRefusals(CODES, [503, 'RequestLimitExceeded', 'Request limit exceeded.']),

    answer(request): CloudResponse {
      const who = identities.authenticate(request, 'ec2');
      if (!who.ok) throw authenticationRefusal(CODES, who.failure);
      const form = formOf(request);
      const action = form.get('Action') ?? '';
      const operation = operations[action];
      if (operation === undefined) {
        throw new ServiceRefusal(`The action ${action} is not valid for this web service.`, {
          status: 400,
          code: 'InvalidAction',
        });
      }
      const offset = offsetOf(form.get('NextToken'));
      if (offset === null) {
        throw new ServiceRefusal('Invalid NextToken', { status: 400, code: 'InvalidParameterValue' });
      }
      const rows = operation.rows(form, who.claim.region);
      const page = pageOf(rows, offset, pageSizeOf(form, operation.maxPage));
      const members = { [operation.element]: { item: page.items }, nextToken: page.nextToken ?? '' };
      return ec2Xml(action, members, context.nextId());
    },
  };
}
