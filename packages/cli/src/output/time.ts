/** From how many seconds on which unit is used, and how long that is. */
const steps: { from: number; seconds: number; unit: string }[] = [
  { from: 2 * 365 * 86_400, seconds: 365 * 86_400, unit: 'y' },
  { from: 100 * 86_400, seconds: 30 * 86_400, unit: 'mo' },
  { from: 86_400, seconds: 86_400, unit: 'd' },
  { from: 3_600, seconds: 3_600, unit: 'h' },
  { from: 60, seconds: 60, unit: 'min' },
];

/** `just now`, `5 min ago`, `in 3 d`: one unit is enough to judge by. Times in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at) / 1000;
  if (distance < 5) return 'just now';
  const { seconds, unit } = steps.find(({ from }) => distance >= from) ?? { seconds: 1, unit: 's' };
  const text = `${Math.floor(distance / seconds)} ${unit}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

/** `0.4 s`, `12 s`, `3 min 04 s`, `1 h 02 min`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** Local date and time to the minute. */
export function dateTime(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Local time of day to the second. */
export function clock(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(n => String(n).padStart(2, '0')).join(':');
}
