/** The value below which the share `q` (0 to 1) of `values` lies. */
export function percentile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** `name  p50  p90  p99` of times in milliseconds, as one aligned line. */
export function timesLine(name, values) {
  const figures = [0.5, 0.9, 0.99].map(q => percentile(values, q).toFixed(1).padStart(8));
  return `${name.padEnd(58)}${figures.join('')}   (${values.length})`;
}

export function header(title) {
  return `\n${title.padEnd(58)}${['p50', 'p90', 'p99'].map(name => name.padStart(8)).join('')}   (runs), ms`;
}

/** One ratio of medians with what it must stay below. */
export function ratioLine(name, values, base, bounds) {
  const ratio = percentile(values, 0.5) / percentile(base, 0.5);
  return `${name.padEnd(58)}${ratio.toFixed(2).padStart(8)}   (${bounds})`;
}

/** One difference of medians, in milliseconds. */
export function differenceLine(name, values, base, bounds) {
  const difference = percentile(values, 0.5) - percentile(base, 0.5);
  return `${name.padEnd(58)}${difference.toFixed(1).padStart(8)}   (${bounds})`;
}
