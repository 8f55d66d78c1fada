import { markerOf } from './cdktf.js';

declare const valueType: unique symbol;

/**
 * What Terraform computes: a variable, a local, a function's result. `T` is the type of its value, so that a text cannot
 * be given where a number is wanted. In a JavaScript string it stands for its value: `` `${cpu}00m` ``.
 */
export class Expression<out T> {
  declare readonly [valueType]: T;

  /** @param hcl the expression in Terraform's language, without `${` and `}` */
  constructor(readonly hcl: string) {}

  /** The attribute of an object. */
  get<K extends keyof T & string>(attribute: K): Expression<T[K]> {
    return new Expression(`${this.hcl}.${attribute}`);
  }

  toString(): string {
    return markerOf(this.hcl);
  }
}

/** A value that is written into the template, or one that Terraform computes. */
export type Value<T> = T | Expression<T>;
