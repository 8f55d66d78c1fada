import { BERTH_VERSION, BerthError, PROTOCOL_VERSION, servesProtocol } from '@berth/protocol';

/** Why a daemon that speaks this version of the protocol is not served; null when it is. */
export function protocolError(version: number): BerthError | null {
  if (servesProtocol(version)) return null;
  const hint =
    version < PROTOCOL_VERSION
      ? `Install Berth ${BERTH_VERSION} on the daemon's machine.`
      : 'Upgrade the coordinator before its daemons.';
  return new BerthError(
    'protocol_unsupported',
    `the daemon speaks version ${version} of the daemon protocol, this coordinator version ${PROTOCOL_VERSION}`,
    { hint },
  );
}
