import { z } from 'zod';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { clock } from '../output/time.js';

const record = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });

/** Fields that say where a line comes from, which its reader knows. */
const left = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'v']);

/** One line of a service's log (pino's JSON) for people: time, level, message, then the fields as `name=value`. */
export function humanLine(json: string, colours: Colours): string {
  const read = record.safeParse(JSON.parse(json));
  if (!read.success) return printable(json);
  const { level, time, msg, ...rest } = read.data;
  const fields = Object.entries(rest)
    .filter(([name, value]) => !left.has(name) && value !== undefined)
    .map(([name, value]) => `${colours.dim(`${name}=`)}${fieldText(value)}`);
  return [colours.dim(clock(time)), levelText(level, colours), printable(msg), ...fields].join(' ');
}

/** pino's levels: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function levelText(level: number, colours: Colours): string {
  if (level >= 50) return colours.red('ERROR');
  if (level >= 40) return colours.yellow('WARN ');
  return level >= 30 ? colours.green('INFO ') : colours.dim('DEBUG');
}

const errorShape = z.looseObject({ message: z.string(), code: z.string().optional(), stack: z.string() });

/** Quoted where it holds blanks; of an error its code and message. */
function fieldText(value: unknown): string {
  const error = errorShape.safeParse(value);
  if (error.success) return JSON.stringify(printable([error.data.code, error.data.message].filter(Boolean).join(': ')));
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return typeof value === 'string' && (text === '' || /[\s"=]/.test(text)) ? JSON.stringify(text) : text;
}
