import { routes, type User, type UserRole, userRole } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../../clientCommand.js';
import { fileOf, setting } from '../../settings/setting.js';

export default class UsersCreate extends ClientCommand {
  static override summary = 'Make a user with a role in the default organization';
  static override description = 'What is not given is asked for on a terminal.';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --username bob --email bob@example.com --role template-admin',
  ];
  static override flags = {
    username: Flags.string({ char: 'u', summary: 'Name of the user', helpValue: 'NAME' }),
    email: Flags.string({ char: 'e', summary: 'Email address', helpValue: 'EMAIL' }),
    password: setting(
      { env: 'BERTH_USER_PASSWORD', secret: true },
      Flags.string({ summary: 'Password', helpValue: 'TEXT' }),
    ),
    'password-file': fileOf('password'),
    role: Flags.custom<UserRole>({ options: userRole.options })({
      char: 'r',
      summary: 'What the user may do',
      default: 'member',
    }),
  };

  async run(): Promise<User> {
    const { flags } = await this.parse(UsersCreate);
    const client = await this.client(flags);
    const { completeNewUser } = await import('../../ask/credentials.js');
    const given = await completeNewUser(flags, this.interactive);
    const user = await client.call(routes.createUser, { body: { ...given, role: flags.role } });
    this.tell(`User ${user.username} was made (${flags.role}).`);
    return user;
  }
}
