import { BerthError } from '@berth/protocol';
import { askSecret, askText, notEmpty } from './ask.js';
import { askNewPassword } from './newPassword.js';

type Given<Key extends string> = { [K in Key]?: string | undefined };

/**
 * Name and password: as given, else asked for.
 *
 * @throws BerthError `invalid_request` when something is missing and nobody can be asked
 */
export async function completeLogin(
  given: Given<'username' | 'password'>,
  interactive: boolean,
): Promise<{ login: string; password: string }> {
  requireAll(interactive, { '--username': given.username, '--password-file': given.password });
  return {
    login: given.username ?? (await askText('User name or email address:', notEmpty)),
    password: given.password ?? (await askSecret('Password:')),
  };
}

/**
 * What a new user is made of: as given, else asked for.
 *
 * @param prefix of the flags, such as `first-user-`
 * @throws BerthError `invalid_request` when something is missing and nobody can be asked
 */
export async function completeNewUser(
  given: Given<'username' | 'email' | 'password'>,
  interactive: boolean,
  prefix = '',
): Promise<{ username: string; email: string; password: string }> {
  requireAll(interactive, {
    [`--${prefix}username`]: given.username,
    [`--${prefix}email`]: given.email,
    [`--${prefix}password-file`]: given.password,
  });
  const username = given.username ?? (await askText('User name:', notEmpty));
  const email = given.email ?? (await askText('Email address:', notEmpty));
  return { username, email, password: given.password ?? (await askNewPassword(username)) };
}

function requireAll(interactive: boolean, needed: Record<string, string | undefined>): void {
  const missing = Object.keys(needed).filter(flag => needed[flag] === undefined);
  if (missing.length > 0 && !interactive) {
    throw new BerthError('invalid_request', `${missing.join(' and ')} must be given where nobody can be asked`);
  }
}
