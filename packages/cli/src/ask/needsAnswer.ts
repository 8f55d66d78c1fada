import { type BuildParameter, parameterError, type VariableDeclaration } from '@berth/protocol';

/**
 * Whether a workspace has no value that a variable of another version can use: it has no default and was not given
 * before, or what was given has another type now. A sensitive value is not known here and is taken to fit.
 */
export function needsAnswer(variable: VariableDeclaration, before: readonly BuildParameter[]): boolean {
  const kept = before.find(parameter => parameter.name === variable.name && !parameter.isDefault);
  if (kept === undefined) return !variable.hasDefault;
  return !kept.sensitive && parameterError(variable, kept.value) !== null;
}
