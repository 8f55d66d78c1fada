import type { JsonValue } from '../jsonValue.js';
import type { TypeConstraint } from './typeConstraint.js';

/** What a root module says of itself. */
export interface Configuration {
  /** In the order of their names. */
  variables: Variable[];
  outputs: Output[];
  /** Every `required_version` constraint; all must hold. */
  requiredVersions: string[];
  requiredProviders: RequiredProvider[];
  /** The backend that the template would use by itself; Berth keeps the state instead. */
  backend: Backend | null;
  /** What it makes use of, in the order of the files. */
  uses: Use[];
}

/** Something that a module makes use of, for its daemon's owner to allow or not. */
export interface Use {
  kind: 'plugin' | 'provisioner' | 'data_source' | 'resource';
  /** Type of a provisioner (`local-exec`), data source (`external`) or resource; of a plugin `HOST/NAMESPACE/TYPE`. */
  name: string;
  file: string;
  /** From 1; null where it is not known. */
  line: number | null;
}

/** A root variable. */
export interface Variable {
  name: string;
  type: TypeConstraint;
  /** The type as it is written: `list(string)`; `any` where it is left out. */
  typeSource: string;
  /** Whether it may be left out; its default may be null. */
  hasDefault: boolean;
  /** Null for no default, for a default of null, and where {@link defaultSource} is set. */
  default: JsonValue;
  /** Text of a default that is an expression whose value only the engine knows; else null. */
  defaultSource: string | null;
  description: string | null;
  sensitive: boolean;
  nullable: boolean;
  ephemeral: boolean;
  validations: Validation[];
}

export interface Validation {
  /** Source text: `length(var.name) > 3`. */
  condition: string;
  /** What the engine says when it does not hold; with `${…}` in it where it is made of expressions. */
  message: string;
}

/** A root output. */
export interface Output {
  name: string;
  description: string | null;
  sensitive: boolean;
}

export interface RequiredProvider {
  /** Local name. */
  name: string;
  /** `hashicorp/time`, with a host perhaps; null where the name stands for it. */
  source: string | null;
  /** Version constraint. */
  version: string | null;
}

export interface Backend {
  /** `s3`, `local`…; `cloud` for a cloud block. */
  type: string;
  file: string;
  /** It stands in an override file. */
  override: boolean;
}
