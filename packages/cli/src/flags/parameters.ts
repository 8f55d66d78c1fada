import { Flags } from '@oclif/core';

const parameterFlag = Flags.string({
  char: 'p',
  multiple: true,
  multipleNonGreedy: true,
  summary: 'Value of a parameter, as NAME=VALUE; lists, maps and objects as JSON (repeat it for more)',
  helpValue: 'NAME=VALUE',
});

const parametersFileFlag = Flags.string({
  summary: 'File with values of parameters: JSON, YAML, or .tfvars; `-` for standard input. --parameter goes before it',
  helpValue: 'FILE',
});

/** Flags of every command that gives values to parameters. */
export const parameterFlags = { parameter: parameterFlag, 'parameters-file': parametersFileFlag };

/** What these flags hold once parsed. */
export interface ParameterFlags {
  parameter: string[] | undefined;
  'parameters-file': string | undefined;
}

export const resetFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  summary: 'Parameter that goes back to its default (repeat it for more)',
  helpValue: 'NAME',
});
