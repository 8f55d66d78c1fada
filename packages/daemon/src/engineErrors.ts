import { BerthError, type ErrorCode, errorCodes } from '@berth/protocol';
import { TerraformError } from '@berth/terraform';

/** What the codes of the terraform package are called in Berth, where the names differ. */
const renamed: Partial<Record<TerraformError['code'], ErrorCode>> = {
  reserved_file: 'invalid_configuration',
  invalid_mirror: 'invalid_request',
  plugin_cache_unusable: 'data_dir_unusable',
  invalid_plugin: 'invalid_request',
  policy_unusable: 'invalid_request',
  sandbox_path_refused: 'invalid_request',
};

/** Makes a BerthError of an error of the terraform package; every other value stays as it is. */
export function asBerthError(error: unknown): unknown {
  if (!(error instanceof TerraformError)) return error;
  const code = renamed[error.code] ?? (isErrorCode(error.code) ? error.code : 'internal');
  return new BerthError(code, error.message, { ...(error.hint === null ? {} : { hint: error.hint }), cause: error });
}

/** Awaits something of the terraform package. Throws BerthError. */
export async function berthErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asBerthError(error);
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return code in errorCodes;
}
