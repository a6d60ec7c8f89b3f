/** Reads a list to its end, page by page, as EKS, EC2 and the price list hand them out. */
import { noAnswer } from '../failure-of.ts';

export interface Page<Item> {
  /** undefined when the answer has no list in it at all, which an empty list never looks like. */
  readonly items: readonly Item[] | undefined;
  readonly nextToken: string | undefined;
}

/** A list longer than this is a token that goes round in circles. */
const MAX_PAGES = 500;

/** All items. A page without a list is ServerError: an error must never look like an empty list. */
export async function followPages<Item>(
  doing: string,
  ask: (nextToken: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await ask(nextToken);
    if (answer.items === undefined) throw noAnswer(doing);
    items.push(...answer.items);
    nextToken = answer.nextToken;
    if (nextToken === undefined || nextToken === '') return items;
  }
  throw noAnswer(doing);
}
