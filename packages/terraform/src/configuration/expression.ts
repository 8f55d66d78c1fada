import { z } from 'zod';

/** A node of an expression's syntax tree, as the converter prints it. */
export interface Expression {
  /** `literalValue`, `template`, `function`…; empty for parentheses and for the keys of objects. */
  type: string;
  children: Expression[];
  meta?:
    | {
        /** Source text. */
        value?: string | undefined;
        /** Of a literal: `string`, `number`, `bool`, or `dynamic` for null. */
        type?: string | undefined;
        /** Of an operation. */
        operator?: string | undefined;
        /** Of a function call. */
        name?: string | undefined;
        /** Of a reference: `var.x`. */
        fullAccessor?: string | undefined;
      }
    | undefined;
  /** Byte positions in the source; `end` is right for tokens alone. */
  range: { start: { byte: number }; end: { byte: number } };
}

export const expression: z.ZodType<Expression> = z.object({
  type: z.string(),
  get children() {
    return z.array(expression);
  },
  meta: z
    .object({
      value: z.string().optional(),
      type: z.string().optional(),
      operator: z.string().optional(),
      name: z.string().optional(),
      fullAccessor: z.string().optional(),
    })
    .optional(),
  range: z.object({ start: z.object({ byte: z.number() }), end: z.object({ byte: z.number() }) }),
});

/** A syntax tree and the text that its positions count in. */
export interface ParsedExpression {
  source: string;
  tree: Expression;
}

/** The members of an object expression: each with the name of its key, or null where the key is computed. */
export function objectMembers({
  source,
  tree,
}: ParsedExpression): { key: Expression; name: string | null; value: Expression }[] {
  const members = [];
  for (let i = 0; i + 1 < tree.children.length; i += 2) {
    const [key, value] = [tree.children[i], tree.children[i + 1]];
    if (key === undefined || value === undefined) break;
    members.push({ key, name: keyName(source, key), value });
  }
  return members;
}

/** A bare word has no children, a quoted key is a template of one literal. */
function keyName(source: string, key: Expression): string | null {
  const { start, end } = key.range;
  if (key.children.length === 0) return Buffer.from(source).toString('utf8', start.byte, end.byte);
  const literal = key.children[0]?.type === 'template' ? key.children[0].children : [];
  return literal.length === 1 && literal[0]?.meta?.type === 'string' ? (literal[0].meta.value ?? null) : null;
}
