import type { TypeTally } from './tally.js';

const TERMINAL_EVERY_MS = 80;
const PLAIN_EVERY_MS = 1_000;
const BAR_WIDTH = 32;

/**
 * Shows how far the jobs are: in a terminal as bars that are drawn over each other, elsewhere (a pipe, a CI log) as a
 * plain line now and then.
 */
export class ProgressDisplay {
  private timer: NodeJS.Timeout | undefined;
  private drawn = 0;
  private lastLine = '';

  constructor(
    private readonly tallies: () => readonly TypeTally[],
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.show(), this.out.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS);
    this.show();
  }

  /** Shows the end, once more and for good. */
  stop(): void {
    clearInterval(this.timer);
    this.show();
    this.drawn = 0;
  }

  private show(): void {
    if (this.out.isTTY) {
      this.draw();
    } else {
      this.print();
    }
  }

  private draw(): void {
    const width = this.out.columns || 80;
    const lines = this.tallies().map((tally) => `  ${bar(tally, Math.min(BAR_WIDTH, Math.max(8, width - 56)))}`);
    const up = this.drawn === 0 ? '' : `\u001B[${this.drawn}A`;
    this.out.write(up + lines.map((line) => `\u001B[2K${line}\n`).join(''));
    this.drawn = lines.length;
  }

  private print(): void {
    const line = this.tallies()
      .map(({ type, done, failed, submitted }) => `${type} ${done + failed}/${submitted}`)
      .join(', ');
    if (line !== this.lastLine) {
      this.lastLine = line;
      this.out.write(`  ${line}\n`);
    }
  }
}

function bar({ type, submitted, done, failed, waiting }: TypeTally, width: number): string {
  const good = Math.round((width * done) / Math.max(submitted, 1));
  const bad = failed === 0 ? 0 : Math.min(Math.max(1, Math.round((width * failed) / submitted)), width);
  const rest = Math.max(width - good - bad, 0);
  const blocks = `${colour(32, '█'.repeat(width - rest - bad))}${colour(31, '█'.repeat(bad))}${colour(90, '░'.repeat(rest))}`;
  const notes = [
    ...(waiting.size > 0 ? [colour(33, `${waiting.size} to retry`)] : []),
    ...(failed > 0 ? [colour(31, `${failed} failed`)] : []),
  ];
  return [type.padEnd(17), blocks, `${done + failed}/${submitted}`.padStart(8), ' ', notes.join(', ')].join(' ');
}

function colour(code: number, text: string): string {
  return text === '' || process.env['NO_COLOR'] ? text : `\u001B[${code}m${text}\u001B[0m`;
}
