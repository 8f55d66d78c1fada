/** Without a terminal, what is being done is told this often. */
const TOLD_EACH_MS = 30_000;

interface Progress {
  report(doing: string): void;
  /** Leaves one line behind. */
  end(how: string): void;
}

/** Shows what is being done and for how long: on a terminal in one line that changes, elsewhere in lines. */
export function startProgress(label: string, out: NodeJS.WriteStream): Progress {
  const since = Date.now();
  let doing = 'waiting for another who is at it';
  const line = () => `${label}: ${doing}, ${duration(Date.now() - since)}`;
  const show = out.isTTY
    ? () => out.write(`\r${line().slice(0, (out.columns || 80) - 1)}\x1b[K`)
    : () => out.write(`${line()}\n`);
  const timer = setInterval(show, out.isTTY ? 200 : TOLD_EACH_MS);
  timer.unref();
  return {
    report: now => {
      doing = now;
    },
    end: how => {
      clearInterval(timer);
      doing = how;
      out.write(`${out.isTTY ? '\r\x1b[K' : ''}${line()}\n`);
    },
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
