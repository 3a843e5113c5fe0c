/** A change that no test could notice, because what is seen of a queue stays as it is. It is drawn no more. */
export interface Equivalent {
  /** Below the folder of the scripts. */
  readonly file: string;
  /** The line as it stands there, without its indentation, and as it would be. */
  readonly line: string;
  readonly becomes: string;
  readonly because: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'include/queue.lua',
    line: 'call(command, key, unpack(values, first, math.min(first + step - 1, last)))',
    becomes: 'call(command, key, unpack(values, first, math.min(first + step + 1, last)))',
    because: 'no call brings as many values as a step has',
  },
  {
    file: 'include/submit-each.lua',
    line: 'local limited = max_depth and depth() + #ids > max_depth',
    becomes: 'local limited = max_depth and depth() + #ids >= max_depth',
    because: 'jobs that just fit are all taken by the careful way, too',
  },
  {
    file: 'include/due.lua',
    line: 'if not next_due() or due < next_due() then',
    becomes: 'if not next_due() or due <= next_due() then',
    because: 'the time stays, and whoever is woken for it finds nothing new',
  },
];
