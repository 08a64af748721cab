import type { Io } from './io.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
/** What takes less needs no spinner. */
const PATIENCE_MS = 200;

/**
 * Does something that may take a while; a terminal on stderr shows that it is under way. Where there
 * is none, nothing is drawn.
 *
 * @param run - Is given a function to call before each line that it prints meanwhile: on a terminal
 * that line would go on where the spinner stands.
 */
export async function withSpinner<T>(
  { stderr }: Io,
  what: string,
  run: (makeRoom: () => void) => Promise<T>,
): Promise<T> {
  if (stderr.isTTY !== true) return await run(() => undefined);
  let frame = 0;
  let interval: NodeJS.Timeout | undefined;
  const draw = (): void => {
    stderr.write(`\r${FRAMES[frame++ % FRAMES.length] ?? ''} ${what}\u001B[K`);
  };
  const erase = (): void => {
    if (frame > 0) stderr.write('\r\u001B[K');
  };
  const begin = setTimeout(() => {
    draw();
    interval = setInterval(draw, FRAME_MS);
  }, PATIENCE_MS);
  try {
    return await run(erase);
  } finally {
    clearTimeout(begin);
    clearInterval(interval);
    erase();
  }
}
