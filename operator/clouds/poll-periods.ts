/** How often each thing may be asked of a cloud: often enough to act on, well inside the documented throttles. */
import { hours, minutes, seconds } from '../model/units.ts';

/** The state of the control plane changes with upgrades and outages, both of which probes see first. */
export const DESCRIBE_CLUSTER_PERIOD = minutes(5);
/**
 * Sizes and complaints of pools. EKS describes node groups one by one; ARM refills about 25 reads a second for each
 * subscription and identity, the AKS provider fewer: a minute leaves room for hundreds of clusters.
 */
export const POOLS_PERIOD = seconds(60);
/** EC2 spot prices move a few times a day; Karpenter asks at the same pace. */
export const AWS_SPOT_PRICES_PERIOD = minutes(5);
/**
 * AWS changes on-demand prices a few times a year, yet a price counts as known only as long as FleetPolicy's
 * priceAgeLimit (3 h by default): every price is confirmed at least three times within it.
 */
export const AWS_ON_DEMAND_PRICES_PERIOD = hours(1);
/** Azure publishes spot prices by region and changes them at most a few times a day. */
export const AZURE_RETAIL_PRICES_PERIOD = hours(1);
/** What a SKU is made of does not change; the list is several megabytes. */
export const INSTANCE_TYPES_PERIOD = hours(12);
