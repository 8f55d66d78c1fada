import { createClient } from '@berth/client';
import { BerthError, routes } from '@berth/protocol';
import { BerthCommand } from '../berthCommand.js';

export default class Logout extends BerthCommand {
  static override summary = 'Forget the saved login and revoke its token';

  async run(): Promise<void> {
    await this.parse(Logout);
    const { readSavedLogin, removeSavedLogin } = await import('../settings/savedLogin.js');
    const saved = readSavedLogin();
    if (saved === null) return this.tell('You were not logged in.');
    removeSavedLogin();
    try {
      await createClient(saved).call(routes.logout);
      this.tell(`Logged out of ${saved.url}.`);
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      // A token that is refused is no good any more: nothing is left to revoke.
      if (error.code === 'unauthenticated') return this.tell(`Logged out of ${saved.url}.`);
      this.note(`the login is forgotten here, but its token could not be revoked: ${error.message}`);
    }
  }
}
