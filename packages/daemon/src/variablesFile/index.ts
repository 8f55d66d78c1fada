/** Files of variable values: `@berth/daemon/variablesFile`. Loads nothing of the daemon itself, so that a client may use it alone. */
import type { ParameterValues } from '@berth/protocol';
import { readVariableValues } from '@berth/terraform';
import { berthErrors } from '../engineErrors.js';

/**
 * Reads variable values in Terraform's own syntax.
 *
 * @param file what errors call it
 * @throws BerthError `invalid_configuration`, `configuration_unreadable`
 */
export async function readTfvars(file: string, text: string): Promise<ParameterValues> {
  return berthErrors(readVariableValues(file, text));
}
