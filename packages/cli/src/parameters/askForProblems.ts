import { BerthError, type ParameterValues, type VariableDeclaration } from '@berth/protocol';
import { askParameters } from '../ask/askParameters.js';
import { printable } from '../output/printable.js';

/**
 * Makes a request that needs parameters, and asks on the terminal for those that the coordinator finds missing, or that
 * do not fit as the build before had them, until it is content. What was given with the command is not asked for: it is
 * wrong.
 *
 * @param given the values of the command line
 * @param tell says why something is asked for
 * @param declared what the version leaves open; read when there is something to ask
 */
export async function askForProblems<T>(
  given: ParameterValues,
  tell: (text: string) => void,
  declared: () => Promise<readonly VariableDeclaration[]>,
  request: (parameters: ParameterValues) => Promise<T>,
): Promise<T> {
  let answered: ParameterValues = {};
  for (;;) {
    try {
      return await request({ ...given, ...answered });
    } catch (error) {
      const names = error instanceof BerthError ? askable(error, given) : [];
      if (!(error instanceof BerthError) || names.length === 0) throw error;
      const open = (await declared()).filter(variable => names.includes(variable.name));
      if (open.length < names.length) throw error;
      for (const name of error.code === 'missing_parameter' ? [] : names) {
        tell(`${name}: ${printable(error.fields?.[`parameters.${name}`] ?? error.message)}`);
      }
      answered = { ...answered, ...(await askParameters(open)) };
    }
  }
}

/** The parameters that an error is about; none when it is about something that was given. */
function askable({ code, fields }: BerthError, given: ParameterValues): string[] {
  if (code !== 'missing_parameter' && code !== 'invalid_parameter') return [];
  const names = Object.keys(fields ?? {}).map(field => field.replace(/^parameters\./, ''));
  return names.some(name => Object.hasOwn(given, name)) ? [] : names;
}
