import { type TerraformStack, TerraformVariable } from './cdktf.js';
import { Expression } from './expression.js';
import { hclText, interpolation, templateText } from './hcl.js';
import type { ParameterType } from './parameterType.js';

/** What a value must fulfil. */
export interface Validation<in T> {
  /** Gives the condition for a value. */
  condition(value: Expression<T>): Expression<boolean>;
  /** Told to whoever gives a value that does not fulfil it. */
  message: string;
}

/** What is known of a parameter beside its name and type. */
export interface ParameterOptions<T, I = T> {
  description?: string;
  /** Without it, the parameter is asked for. */
  default?: I;
  validation?: readonly Validation<T>[];
  /** Its value is hidden in logs, plans and answers. */
  sensitive?: boolean;
  /** Its value is asked for at each build and kept nowhere. Terraform 1.10 or newer. */
  ephemeral?: boolean;
}

/** A variable of the template: a parameter of its workspaces, unless a push pins it. Its value is never null. */
export class Parameter<out T> extends Expression<T> {
  constructor(
    stack: TerraformStack,
    readonly name: string,
    type: ParameterType<T, unknown>,
    options: ParameterOptions<NoInfer<T>, unknown>,
  ) {
    super(`var.${name}`);
    const { description, validation = [], sensitive } = options;
    const variable = new TerraformVariable(stack, name, {
      type: type.hcl,
      nullable: false,
      ...(description === undefined ? {} : { description }),
      ...(sensitive === undefined ? {} : { sensitive }),
      ...(options.default === undefined ? {} : { default: options.default }),
      validation: validation.map(({ condition, message }) => {
        return { condition: interpolation(condition(this)), errorMessage: templateText(message) };
      }),
    });
    variable.overrideLogicalId(name);
    if (options.ephemeral === true) variable.addOverride('ephemeral', true);
  }
}

/** One of these values and no other. */
export function oneOf(...values: readonly string[]): Validation<string>;
export function oneOf(...values: readonly number[]): Validation<number>;
export function oneOf(...values: readonly (string | number)[]): Validation<string | number> {
  return {
    condition: value => new Expression(`contains(${hclText(values)}, ${value.hcl})`),
    message: `Choose one of ${values.join(', ')}.`,
  };
}

/** A number from `least` to `most`, both included. */
export function between(least: number, most: number): Validation<number> {
  return {
    condition: ({ hcl }) => new Expression(`${hcl} >= ${least} && ${hcl} <= ${most}`),
    message: `Choose a number from ${least} to ${most}.`,
  };
}

/** A text that a regular expression of RE2's syntax matches. */
export function matching(pattern: string, message: string): Validation<string> {
  return { condition: value => new Expression(`can(regex(${hclText(pattern)}, ${value.hcl}))`), message };
}
