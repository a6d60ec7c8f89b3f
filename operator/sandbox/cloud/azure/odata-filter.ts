/** The part of OData's $filter that the Retail Prices API takes: eq, ne, and, or, parentheses, contains, startswith. */

/** Whether a row, by its fields as text, is wanted. Values are compared with regard to case. */
export type RowFilter = (row: Readonly<Record<string, string>>) => boolean;

type Token = { readonly kind: 'text'; readonly value: string } | { readonly kind: 'word'; readonly value: string };

const LEXEME = /\s*(?:'((?:[^']|'')*)'|([A-Za-z_][\w/]*|[(),]))/y;

function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  const lexeme = new RegExp(LEXEME);
  while (lexeme.lastIndex < trimmed.length) {
    const match = lexeme.exec(trimmed);
    if (match === null) return null;
    const [, literal, word] = match;
    tokens.push(
      literal === undefined
        ? { kind: 'word', value: word ?? '' }
        : { kind: 'text', value: literal.replaceAll("''", "'") },
    );
  }
  return tokens;
}

/** Thrown inside the parser only; parseFilter turns it into null. */
class MalformedFilter extends Error {
  override readonly name = 'MalformedFilter';
}

/** A recursive-descent parser over the tokens: or binds weaker than and. */
class FilterParser {
  private position = 0;
  private readonly tokens: readonly Token[];
  private readonly fields: ReadonlySet<string>;

  constructor(tokens: readonly Token[], fields: ReadonlySet<string>) {
    this.tokens = tokens;
    this.fields = fields;
  }

  whole(): RowFilter {
    const filter = this.disjunction();
    if (this.position < this.tokens.length) throw new MalformedFilter();
    return filter;
  }

  private takeWord(...allowed: readonly string[]): string | null {
    const token = this.tokens[this.position];
    if (token?.kind !== 'word' || !allowed.includes(token.value)) return null;
    this.position += 1;
    return token.value;
  }

  private expectWord(word: string): void {
    if (this.takeWord(word) === null) throw new MalformedFilter();
  }

  private field(): string {
    const token = this.tokens[this.position++];
    if (token?.kind !== 'word' || !this.fields.has(token.value)) throw new MalformedFilter();
    return token.value;
  }

  private text(): string {
    const token = this.tokens[this.position++];
    if (token?.kind !== 'text') throw new MalformedFilter();
    return token.value;
  }

  private disjunction(): RowFilter {
    const parts = [this.conjunction()];
    while (this.takeWord('or') !== null) parts.push(this.conjunction());
    return (row) => parts.some((part) => part(row));
  }

  private conjunction(): RowFilter {
    const parts = [this.comparison()];
    while (this.takeWord('and') !== null) parts.push(this.comparison());
    return (row) => parts.every((part) => part(row));
  }

  private comparison(): RowFilter {
    if (this.takeWord('(') !== null) {
      const inner = this.disjunction();
      this.expectWord(')');
      return inner;
    }
    const call = this.takeWord('contains', 'startswith', 'endswith');
    return call === null ? this.equality() : this.call(call);
  }

  private call(name: string): RowFilter {
    this.expectWord('(');
    const field = this.field();
    this.expectWord(',');
    const text = this.text();
    this.expectWord(')');
    return (row) => {
      const value = row[field] ?? '';
      return name === 'contains'
        ? value.includes(text)
        : name === 'startswith'
          ? value.startsWith(text)
          : value.endsWith(text);
    };
  }

  private equality(): RowFilter {
    const field = this.field();
    const operator = this.takeWord('eq', 'ne');
    if (operator === null) throw new MalformedFilter();
    const text = this.text();
    return (row) => (row[field] === text) === (operator === 'eq');
  }
}

/** The filter that the text stands for; null when it is malformed or names a field that is not in `fields`. */
export function parseFilter(text: string, fields: ReadonlySet<string>): RowFilter | null {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  try {
    return new FilterParser(tokens, fields).whole();
  } catch (error) {
    if (error instanceof MalformedFilter) return null;
    throw error;
  }
}
