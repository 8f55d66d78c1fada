import { Undecided } from './noAnswer.js';
import { type Token, tokens } from './tokens.js';

export type Expression =
  | { kind: 'value'; value: null | boolean | number | string }
  | { kind: 'name'; name: string }
  | { kind: 'attribute'; of: Expression; key: Expression }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'object'; entries: [Expression, Expression][] }
  | { kind: 'for'; names: string[]; over: Expression; yields: Expression; when: Expression | null }
  | { kind: 'call'; name: string; arguments: Expression[] }
  | { kind: 'not' | 'minus'; of: Expression }
  | { kind: 'binary'; sign: string; left: Expression; right: Expression }
  | { kind: 'choice'; when: Expression; then: Expression; otherwise: Expression };

/** How tightly each sign binds, weakest first: HCL's own order. */
const precedence = [['||'], ['&&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']];
/** An expression nested deeper is left to Terraform. */
const DEEPEST = 64;

/** Reads a Terraform expression. Throws {@link Undecided} for what lies outside the part of the language known here. */
export function parse(text: string): Expression {
  const parser = new Parser(tokens(text));
  const expression = parser.expression();
  parser.end();
  return expression;
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly all: Token[]) {}

  end(): void {
    if (this.all[this.at]?.kind !== 'end') throw new Undecided('more than one expression');
  }

  expression(): Expression {
    if (++this.depth > DEEPEST) throw new Undecided('deep nesting');
    const when = this.binary(0);
    let result = when;
    if (this.take('?')) {
      const then = this.expression();
      this.need(':');
      result = { kind: 'choice', when, then, otherwise: this.expression() };
    }
    this.depth--;
    return result;
  }

  private binary(level: number): Expression {
    const signs = precedence[level];
    if (signs === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (let sign = signs.find(s => this.take(s)); sign !== undefined; sign = signs.find(s => this.take(s))) {
      left = { kind: 'binary', sign, left, right: this.binary(level + 1) };
    }
    return left;
  }

  private unary(): Expression {
    if (this.take('!')) return { kind: 'not', of: this.unary() };
    if (this.take('-')) return { kind: 'minus', of: this.unary() };
    return this.traversal(this.primary());
  }

  private traversal(start: Expression): Expression {
    let of = start;
    for (;;) {
      if (this.take('.')) of = { kind: 'attribute', of, key: { kind: 'value', value: this.name() } };
      else if (this.take('[')) {
        of = { kind: 'attribute', of, key: this.expression() };
        this.need(']');
      } else return of;
    }
  }

  private primary(): Expression {
    const token = this.all[this.at++];
    if (token === undefined || token.kind === 'end') throw new Undecided('an unfinished expression');
    if (token.kind === 'number' || token.kind === 'string') return { kind: 'value', value: token.value };
    if (token.kind === 'name') return this.named(token.value);
    if (token.value === '(') {
      const inner = this.expression();
      this.need(')');
      return inner;
    }
    if (token.value === '[') return this.isFor() ? this.listFor() : { kind: 'list', items: this.until(']') };
    if (token.value === '{' && !this.isFor()) return this.object();
    throw new Undecided(`the sign '${token.value}'`);
  }

  private named(name: string): Expression {
    if (name === 'true' || name === 'false') return { kind: 'value', value: name === 'true' };
    if (name === 'null') return { kind: 'value', value: null };
    return this.take('(') ? { kind: 'call', name, arguments: this.until(')') } : { kind: 'name', name };
  }

  private object(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.take('}')) {
      const token = this.all[this.at++];
      if (token?.kind !== 'name' && token?.kind !== 'string') throw new Undecided('an object key');
      if (!this.take('=')) this.need(':');
      entries.push([{ kind: 'value', value: token.value }, this.expression()]);
      this.take(',');
    }
    return { kind: 'object', entries };
  }

  private listFor(): Expression {
    this.at++;
    const names = [this.name()];
    if (this.take(',')) names.push(this.name());
    if (this.name() !== 'in') throw new Undecided('a for without in');
    const over = this.expression();
    this.need(':');
    const yields = this.expression();
    const hasCondition = this.isName('if');
    if (hasCondition) this.at++;
    const when = hasCondition ? this.expression() : null;
    this.need(']');
    return { kind: 'for', names, over, yields, when };
  }

  private until(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.take(close)) {
      items.push(this.expression());
      if (!this.take(',')) {
        this.need(close);
        break;
      }
    }
    return items;
  }

  private isFor(): boolean {
    return this.isName('for');
  }

  private isName(value: string): boolean {
    const token = this.all[this.at];
    return token?.kind === 'name' && token.value === value;
  }

  private name(): string {
    const token = this.all[this.at++];
    if (token?.kind !== 'name') throw new Undecided('a missing name');
    return token.value;
  }

  private take(sign: string): boolean {
    const token = this.all[this.at];
    if (token?.kind !== 'sign' || token.value !== sign) return false;
    this.at++;
    return true;
  }

  private need(sign: string): void {
    if (!this.take(sign)) throw new Undecided(`a missing '${sign}'`);
  }
}
