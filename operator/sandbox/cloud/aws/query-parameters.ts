/** The form parameters of AWS's query protocols: lists are numbered (InstanceType.1), structures are dotted. */

/** A Filter.N of EC2: any of the values, in which * and ? are wildcards. */
export interface QueryFilter {
  readonly name: string;
  readonly values: readonly string[];
}

/** The values of `name.1`, `name.2`, ... in their order. */
export function listParameter(form: URLSearchParams, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; form.has(`${name}.${index}`); index++) values.push(form.get(`${name}.${index}`) ?? '');
  return values;
}

/** Every Filter.N of the request. */
export function filterParameters(form: URLSearchParams): readonly QueryFilter[] {
  const filters: QueryFilter[] = [];
  for (let index = 1; form.has(`Filter.${index}.Name`); index++) {
    filters.push({
      name: form.get(`Filter.${index}.Name`) ?? '',
      values: listParameter(form, `Filter.${index}.Value`),
    });
  }
  return filters;
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/**
 * Whether an item with these filterable fields passes every filter; a filter of a name that is no field at all makes
 * `unknown` throw what the service answers then.
 */
export function passes(
  fields: Readonly<Record<string, string>>,
  filters: readonly QueryFilter[],
  unknown: (name: string) => Error,
): boolean {
  return filters.every(({ name, values }) => {
    const field = fields[name];
    if (field === undefined) throw unknown(name);
    return values.some((value) => wildcard(value).test(field));
  });
}
