import { askSecret } from './ask.js';

/** Asks for a password twice, so that a slip of the finger locks nobody out. */
export async function askNewPassword(whose: string): Promise<string> {
  const password = await askSecret(`Password of ${whose}:`, tooShort);
  await askSecret('The same again:', again => (again === password ? null : 'The two are not the same.'));
  return password;
}

/** The coordinator's own rule, told before the second question. */
function tooShort(text: string): string | null {
  return text.length < 8 ? 'Use at least 8 characters.' : null;
}
