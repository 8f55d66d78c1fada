import { type Client, createClient } from '@berth/client';
import { BerthError, routes, type User } from '@berth/protocol';
import { Args, Flags } from '@oclif/core';
import { BerthCommand } from '../berthCommand.js';
import { fileOf, setting } from '../settings/setting.js';

export default class Login extends BerthCommand {
  static override summary = 'Log in to a coordinator; on a fresh one, make the first user';
  static override description = [
    'What is not given is asked for on a terminal. The login is kept in the configuration folder (BERTH_CONFIG_DIR),',
    'readable by you alone. The first user owns the site.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> https://berth.example.com',
    '<%= config.bin %> <%= command.id %> http://127.0.0.1:3000 --first-user-username ada --first-user-email ada@example.com',
  ];
  static override args = {
    url: Args.string({
      description: 'Address of the coordinator; the one of the last login unless given',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    url: setting(
      { env: 'BERTH_URL', aliases: ['CODER_URL'] },
      Flags.string({ summary: 'Address of the coordinator, in place of the argument', helpValue: 'URL' }),
    ),
    username: setting(
      { env: 'BERTH_USERNAME' },
      Flags.string({ char: 'u', summary: 'User name or email address', helpValue: 'NAME' }),
    ),
    password: setting(
      { env: 'BERTH_PASSWORD', secret: true },
      Flags.string({ summary: 'Password', helpValue: 'TEXT' }),
    ),
    'password-file': fileOf('password'),
    token: setting(
      { env: 'BERTH_LOGIN_TOKEN', secret: true },
      Flags.string({ summary: 'Keep this token in place of a password login', helpValue: 'TOKEN' }),
    ),
    'first-user-username': setting(
      { env: 'BERTH_FIRST_USER_USERNAME' },
      Flags.string({ summary: 'Name of the first user', helpValue: 'NAME' }),
    ),
    'first-user-email': setting(
      { env: 'BERTH_FIRST_USER_EMAIL' },
      Flags.string({ summary: 'Email address of the first user', helpValue: 'EMAIL' }),
    ),
    'first-user-password': setting(
      { env: 'BERTH_FIRST_USER_PASSWORD', secret: true },
      Flags.string({ summary: 'Password of the first user', helpValue: 'TEXT' }),
    ),
    'first-user-password-file': fileOf('first-user-password'),
  };

  async run(): Promise<{ url: string; user: User }> {
    const { args, flags } = await this.parse(Login);
    const [{ readAddress, isPlainRemote }, { readSavedLogin, writeSavedLogin }] = await Promise.all([
      import('../settings/address.js'),
      import('../settings/savedLogin.js'),
    ]);
    const address = args.url ?? flags.url ?? readSavedLogin()?.url;
    if (address === undefined) {
      throw new BerthError('invalid_request', 'which coordinator?', { hint: `Try '${this.spelled} URL'.` });
    }
    const url = readAddress(address);
    if (isPlainRemote(url)) this.note(`${url} is not encrypted: password and token can be read on their way.`);
    const client = createClient({ url });
    const { firstUserNeeded } = await client.call(routes.buildInfo);
    const { token, user, made } = await this.#identify(client, flags, firstUserNeeded);
    writeSavedLogin({ url, token, username: user.username });
    this.tell(`Logged in to ${url} as ${user.username}${made ? ', the owner of this site' : ''}.`);
    if (process.env.BERTH_SESSION_TOKEN) this.note('BERTH_SESSION_TOKEN is set and goes before this login.');
    return { url, user };
  }

  /** By a token that is there already, as the first user, or by name and password. */
  async #identify(
    client: Client,
    flags: LoginFlags,
    firstUserNeeded: boolean,
  ): Promise<{ token: string; user: User; made: boolean }> {
    const { token } = flags;
    if (token !== undefined) {
      const user = await createClient({ url: client.url, token }).call(routes.me);
      return { token, user, made: false };
    }
    const { completeLogin, completeNewUser } = await import('../ask/credentials.js');
    const first = {
      username: flags['first-user-username'],
      email: flags['first-user-email'],
      password: flags['first-user-password'],
    };
    if (!firstUserNeeded && Object.values(first).every(value => value === undefined)) {
      const body = await completeLogin(flags, this.interactive);
      return { ...(await client.call(routes.login, { body })), made: false };
    }
    if (!firstUserNeeded) throw new BerthError('first_user_exists', `${client.url} has a first user already`);
    if (this.interactive) this.tell('This coordinator has no user yet. You make the first, who owns it.');
    const body = await completeNewUser(first, this.interactive, 'first-user-');
    return { ...(await client.call(routes.createFirstUser, { body })), made: true };
  }
}

/** What says who logs in. */
interface LoginFlags {
  username: string | undefined;
  password: string | undefined;
  token: string | undefined;
  'first-user-username': string | undefined;
  'first-user-email': string | undefined;
  'first-user-password': string | undefined;
}
