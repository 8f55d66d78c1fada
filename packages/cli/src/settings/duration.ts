import { BerthError } from '@berth/protocol';

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of `90s`, `20m`, `1h30m`, `7d`; a bare number counts seconds.
 *
 * @throws BerthError `invalid_request`
 */
export function readDuration(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    throw new BerthError('invalid_request', `'${text}' is no duration`, { hint: 'Write it as 90s, 20m, 1h30m or 7d.' });
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return Math.round([...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0));
}
