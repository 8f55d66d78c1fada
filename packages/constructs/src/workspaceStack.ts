import type { Construct } from 'constructs';
import { berthType } from './berthType.js';
import { type Berth, berth } from './berthVariable.js';
import { TerraformOutput, TerraformStack, TerraformVariable } from './cdktf.js';
import { Expression, type Value } from './expression.js';
import { interpolation } from './hcl.js';
import { Parameter, type ParameterOptions } from './parameter.js';
import type { ParameterType } from './parameterType.js';

/** What is known of an output beside its name and value. */
export interface OutputOptions {
  description?: string;
  /** It shows with `--reveal` alone. */
  sensitive?: boolean;
}

/** A template: what it knows of the build, its parameters and its outputs. Everything else of it is added by constructs. */
export class WorkspaceStack extends TerraformStack {
  /** What Berth tells the template. */
  readonly berth: Berth = berth;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const variable = new TerraformVariable(this, 'berth', { type: berthType.hcl });
    variable.overrideLogicalId('berth');
  }

  /** Declares a variable, which whoever makes a workspace is asked for, unless a push pins it. */
  parameter<T, I>(
    name: string,
    type: ParameterType<T, I>,
    options: ParameterOptions<NoInfer<T>, NoInfer<I>> = {},
  ): Parameter<T> {
    return new Parameter(this, name, type, options);
  }

  /** Declares an output of the workspace. */
  output(name: string, value: Value<unknown>, options: OutputOptions = {}): void {
    const output = new TerraformOutput(this, `output-${name}`, { value: interpolation(value), ...options });
    output.overrideLogicalId(name);
  }

  /** A value that the whole template can name. */
  local<T>(name: string, value: Value<T>): Expression<T> {
    this.addOverride(`locals.${name}`, interpolation(value));
    return new Expression(`local.${name}`);
  }

  /**
   * The configuration without the local backend that cdktf adds. Berth keeps the state, and the path in it would make
   * one template two archives on two machines.
   */
  override toTerraform() {
    const configuration = super.toTerraform();
    delete configuration.terraform?.backend?.local;
    if (Object.keys(configuration.terraform?.backend ?? { kept: true }).length === 0) {
      delete configuration.terraform.backend;
    }
    return configuration;
  }
}
