#!/usr/bin/env node
// nestjs-jobs-live <file> [max-age]: exits with 0 when the liveness file was renewed within the age (30s unless told), else
// with 1, and with 2 when it is called wrongly. Loads nothing but Node's own modules and the reading of durations.
import { readFileSync } from 'node:fs';
import { formatDuration, parseDuration } from '../domain/duration.js';

const DEFAULT_MAX_AGE = '30s';

function main([file, maxAge = DEFAULT_MAX_AGE]: readonly string[]): void {
  if (file === undefined) {
    end(2, 'usage: nestjs-jobs-live <file> [max-age, such as 30s]');
    return;
  }
  let most: number;
  try {
    most = parseDuration(maxAge, 'max-age');
  } catch (error) {
    end(2, (error as Error).message);
    return;
  }
  let age: number;
  try {
    age = Date.now() - timeIn(readFileSync(file, 'utf8'));
  } catch (error) {
    end(1, `${file} tells no time: ${(error as Error).message}`);
    return;
  }
  // A time to come is as little a sign of life as one long past: the clock was set, and nobody has written since.
  if (Math.abs(age) <= most) {
    end(0, `alive ${formatDuration(Math.max(age, 0))} ago`);
  } else {
    end(1, `${file} was last renewed ${formatDuration(Math.abs(age))} ago, more than ${formatDuration(most)}`);
  }
}

function timeIn(text: string): number {
  const { time } = JSON.parse(text) as { readonly time?: string };
  const at = Date.parse(time ?? '');
  if (Number.isNaN(at)) {
    throw new Error(`its time is ${JSON.stringify(time)}`);
  }
  return at;
}

function end(code: number, words: string): void {
  process.exitCode = code;
  (code === 0 ? process.stdout : process.stderr).write(`${words}\n`);
}

main(process.argv.slice(2));
