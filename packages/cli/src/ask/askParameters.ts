import type { ParameterValues, VariableDeclaration } from '@berth/protocol';
import { printable } from '../output/printable.js';
import { askSecret, askText } from './ask.js';
import { parameterQuestion, readParameterAnswer } from './parameterQuestion.js';

/** Asks for each of these open variables in turn. A parameter that stays at its default is not part of the result. */
export async function askParameters(variables: readonly VariableDeclaration[]): Promise<ParameterValues> {
  const values: ParameterValues = {};
  for (const variable of variables) {
    const text = await askOne(variable);
    const answer = await readParameterAnswer(variable, text);
    if ('value' in answer) values[variable.name] = answer.value;
  }
  return values;
}

async function askOne(variable: VariableDeclaration): Promise<string> {
  const question = parameterQuestion(variable);
  const message = printable(question.message);
  const check = async (text: string) => {
    const answer = await readParameterAnswer(variable, text);
    return 'error' in answer ? printable(answer.error) : null;
  };
  if (question.sensitive) {
    return askSecret(question.defaultText === null ? message : `${message} (Enter for its default)`, check);
  }
  const typed = await askText(message, check, question.defaultText ?? undefined);
  // The prompt gives the default's own text for Enter; an empty default reads as it is.
  return typed === question.defaultText ? '' : typed;
}
