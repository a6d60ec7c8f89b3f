/** What each pattern of the schemas asks for, in words. A test holds the list complete. */

const HINTS: readonly (readonly [pattern: string, hint: string])[] = [
  [
    '^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$',
    'must be a duration in h, m, s and ms, for instance 30m, 10s or 1h30m',
  ],
  ['^[0-9]{1,3}(\\.[0-9]{1,3})?%$', 'must be a percentage above 0% and up to 100%, for instance 70% or 99.9%'],
  [
    '^[0-9]{1,3}(\\.[0-9]{1,3})?$',
    'must be a decimal above 0 and below 1000 with at most 3 decimals, for instance 0.6',
  ],
  [
    '^[0-9]{1,9}(\\.[0-9]{1,6})?$',
    'must be an amount of US dollars above 0 without a currency sign, for instance 120.50',
  ],
  ['^[0-9]{1,12}(\\.[0-9]{1,6})?$', 'must be a decimal of 0 or above, for instance "12.3456"'],
  [
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    'must be lower-case letters, digits and dashes, and begin and end with a letter or digit',
  ],
  [
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
    'must be lower-case letters, digits, dashes and dots, as in a DNS name',
  ],
  [
    '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
    'must be a host name, for instance api.example.com or *.example.com',
  ],
  ['^[-._a-zA-Z0-9]+$', 'must be letters, digits, dashes, dots and underscores'],
  ['^[-._a-zA-Z][-._a-zA-Z0-9]*$', 'must be letters, digits, dashes, dots and underscores, and not begin with a digit'],
  ['^[A-Z][A-Za-z]*$', 'must be one CamelCase word'],
  ['^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$', 'must be a quantity, for instance 500m, 2 or 16Gi'],
  ['^/', 'must begin with /'],
  [
    '^https?://[-A-Za-z0-9.]+(:[0-9]{1,5})?(/[^?#\\s]*)?$',
    'must be an http or https address without user, query and fragment, for instance https://gateway.example.com/health',
  ],
  ['^/[^:]*$', 'must be an absolute path without colons'],
  [
    '^([^/.][^/]*|\\.[^/.][^/]*)(/([^/.][^/]*|\\.[^/.][^/]*))*$',
    'must be a relative path that does not leave the volume: no leading slash and no ..',
  ],
  ['^[-A-Za-z0-9]+$', 'must be letters, digits and dashes'],
  ['^\\S+$', 'must not contain white space'],
  [
    '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$',
    "must be a label's value: letters, digits, dashes, dots and underscores, beginning and ending with a letter or digit",
  ],
  [
    "^(metadata\\.(name|namespace|uid|labels\\['[^']{1,317}'\\]|annotations\\['[^']{1,317}'\\])|spec\\.nodeName|status\\.(hostIP|hostIPs|podIP|podIPs))$",
    "must be a field of the pod, for instance metadata.name, metadata.labels['app'] or status.podIP",
  ],
  [
    '^arn:aws[-a-z]*:iam::[0-9]{12}:role/[-+=,.@_/A-Za-z0-9]+$',
    "must be a role's ARN, for instance arn:aws:iam::123456789012:role/tradewind",
  ],
  ['^[A-Za-z0-9][-_A-Za-z0-9]*$', 'must be letters, digits, dashes and underscores, and begin with a letter or digit'],
  [
    '^[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$',
    'must be letters, digits, dashes and underscores, and begin and end with a letter or digit',
  ],
  [
    '^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$',
    'must be letters, digits, dashes, dots and underscores, and begin and end with a letter or digit',
  ],
  [
    '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
    "must be a subscription's id, for instance 00000000-0000-0000-0000-000000000000",
  ],
  ['^[-_.()A-Za-z0-9]*[-_()A-Za-z0-9]$', 'must be the name of a resource group'],
  ['^-?[0-9]{1,12}(\\.[0-9]{1,6})?$', 'must be a decimal, for instance "0.99"'],
  [
    '^(Sun|Mon|Tue|Wed|Thu|Fri|Sat)(-(Sun|Mon|Tue|Wed|Thu|Fri|Sat))? ([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
    'must be a weekly window, for instance Tue 09:00-11:00 or Mon-Fri 22:00-02:00',
  ],
  ['^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', 'must be a date, for instance 2026-12-24'],
  ['^[A-Za-z][-_+/A-Za-z0-9]*$', 'must be a time zone of the IANA database, for instance Europe/London'],
  [
    '^[-*/,0-9A-Z]+( [-*/,0-9A-Z]+){4}$',
    'must be five fields of cron in digits, capitals, * / - and ",", for instance 0 10 * * 2 or 0 10 * * TUE',
  ],
  ['^[0-9a-f]{64}$', 'must be a SHA-256 in 64 hexadecimal digits'],
];

const hintByPattern: ReadonlyMap<string, string> = new Map(HINTS);

/** What a string has to look like, for the message about one that does not match; null for a pattern without a hint. */
export const hintOf = (pattern: string): string | null => hintByPattern.get(pattern) ?? null;
