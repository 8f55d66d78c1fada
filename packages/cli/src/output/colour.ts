import { styleText } from 'node:util';

/** The caller has decided already; Node would look at its own stdout. */
const unconditional = { validateStream: false };

type Style = Parameters<typeof styleText>[0];

/** Colours for one stream; texts stay as they are where it shows none. */
export interface Colours {
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** Colours are for terminals, unless NO_COLOR is set (to anything); FORCE_COLOR asks for them elsewhere too. */
export function coloursFor(
  stream: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Colours {
  if (env.NO_COLOR) return makeColours(false);
  return makeColours(env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : stream.isTTY === true && env.TERM !== 'dumb');
}

export function makeColours(enabled: boolean): Colours {
  const style = (name: Style) => (text: string) =>
    enabled && text !== '' ? styleText(name, text, unconditional) : text;
  return {
    green: style('green'),
    red: style('red'),
    yellow: style('yellow'),
    cyan: style('cyan'),
    dim: style('dim'),
    bold: style('bold'),
  };
}
