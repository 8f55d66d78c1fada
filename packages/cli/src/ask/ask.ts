/** Questions on the terminal. They stand on stderr, so that stdout stays for data; the library is loaded when needed. */
const context = { output: process.stderr, clearPromptOnDone: false };

export async function confirm(message: string, byDefault: boolean): Promise<boolean> {
  const { default: ask } = await import('@inquirer/confirm');
  return ask({ message, default: byDefault }, context);
}

/** Asks for one line; `check` gives what is wrong with an answer, or null. */
export async function askText(
  message: string,
  check: (text: string) => string | null | Promise<string | null>,
  byDefault?: string,
): Promise<string> {
  const { default: ask } = await import('@inquirer/input');
  const validate = async (text: string) => (await check(text)) ?? true;
  return ask({ message, validate, ...(byDefault === undefined ? {} : { default: byDefault }) }, context);
}

/** Asks for one line without showing it. */
export async function askSecret(
  message: string,
  check: (text: string) => string | null | Promise<string | null> = notEmpty,
): Promise<string> {
  const { default: ask } = await import('@inquirer/password');
  const validate = async (text: string) => (await check(text)) ?? true;
  return ask({ message, mask: false, validate }, context);
}

export function notEmpty(text: string): string | null {
  return text === '' ? 'A value is needed.' : null;
}
