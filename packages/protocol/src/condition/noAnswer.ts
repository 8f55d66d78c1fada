/** This expression is beyond what Berth evaluates: Terraform will judge it. */
export class Undecided extends Error {}

/** The expression has no value: what `can` and `try` are for, and an error elsewhere. */
export class NoValue extends Error {}
