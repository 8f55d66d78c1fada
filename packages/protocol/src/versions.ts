/** Version of Berth; the same as in package.json (a test compares them). */
export const BERTH_VERSION = '0.1.0';

/**
 * Version of the daemon protocol. A breaking change raises the number; a coordinator of protocol N serves daemons of N
 * and N-1. Fields that a peer does not know are ignored, so additions need no new number.
 *
 * History
 * 1  first version
 */
export const PROTOCOL_VERSION = 1;

/** Whether a coordinator of this version serves a daemon that speaks `version`. */
export function servesProtocol(version: number): boolean {
  return version === PROTOCOL_VERSION || (version === PROTOCOL_VERSION - 1 && version >= 1);
}
