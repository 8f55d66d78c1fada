import { PSK_HEADER } from '@berth/protocol';

/** What a daemon shows to be let in: a pre-shared key of the coordinator, or a user's session or API token. */
export type Credential = { psk: string } | { token: string };

/** The request headers that carry it. */
export function credentialHeaders(credential: Credential): Record<string, string> {
  if ('psk' in credential) return { [PSK_HEADER]: credential.psk };
  return { authorization: `Bearer ${credential.token}` };
}

export function credentialSecret(credential: Credential): string {
  return 'psk' in credential ? credential.psk : credential.token;
}

/** Environment variables that carry credentials of ours, aliases included. */
const credentialVariables = [
  'BERTH_PROVISIONER_DAEMON_PSK',
  'BERTH_SESSION_TOKEN',
  'CODER_PROVISIONER_DAEMON_PSK',
  'CODER_SESSION_TOKEN',
];

/** Removes the credentials from an environment: whoever starts a daemon has read them. */
export function takeCredentials(environment: Record<string, string | undefined>): void {
  for (const name of credentialVariables) delete environment[name];
}
