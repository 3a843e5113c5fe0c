import { show } from './errors/errors.js';

/** What went wrong in an attempt, as it is kept with the job: plain data, bounded in size. */
export interface Failure {
  /** The error's own `code` where it has one (`ECONNRESET`, `timeout`, `crashed`), else `error`. */
  readonly code: string;
  /** The error's class name. */
  readonly name: string;
  /** Cut at 2,000 characters. */
  readonly message: string;
  /** Cut at 4,000 characters. */
  readonly stack?: string;
  /** Messages down the chain of causes, nearest first. */
  readonly causes?: readonly string[];
}

/** A failed attempt in a job's history. Times are the store's clock, in epoch milliseconds. */
export interface FailedAttempt extends Failure {
  /** Which attempt it was; the first is 1. */
  readonly attempt: number;
  /** The process (one boot of it) that ran it. */
  readonly process: string;
  /** The worker that ran it; absent when a process died or the store itself gave the job up. */
  readonly worker?: string;
  /** When its handler began; absent when none did. */
  readonly startedAt?: number;
  /** When its end was settled. */
  readonly failedAt: number;
  /** Milliseconds until the next attempt; absent when there is none. */
  readonly delay?: number;
}

const MAX_MESSAGE = 2_000;
const MAX_STACK = 4_000;
const MAX_CAUSES = 5;

/** Turns whatever a handler threw into an `Error`, once: everything after it may rely on having one. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new NonErrorThrown(thrown);
}

/**
 * True for errors of other realms too: in a test runner that gives each file its own globals, what Node's sockets and
 * file system throw is no `instanceof Error`. Never throws.
 */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || FOREIGN_ERRORS.has(Object.prototype.toString.call(value));
  } catch {
    return false;
  }
}

const FOREIGN_ERRORS: ReadonlySet<string> = new Set(['[object Error]', '[object DOMException]']);

class NonErrorThrown extends Error {
  readonly code = 'non-error-thrown';
  override readonly name = 'NonErrorThrown';

  constructor(thrown: unknown) {
    super(`The handler threw ${show(thrown)}, which is not an Error`, { cause: thrown });
  }
}

/** The record of an error: code, name, message, stack and causes, each cut to a bound. Never throws. */
export function describeFailure(error: Error): Failure {
  const causes = causesOf(error)
    .slice(1, 1 + MAX_CAUSES)
    .map((cause) => cut(text(read(cause, 'message')), MAX_MESSAGE));
  const stack = read(error, 'stack');
  return {
    code: errorCode(error) ?? 'error',
    name: cut(text(read(error, 'name')) || 'Error', 100),
    message: cut(text(read(error, 'message')), MAX_MESSAGE),
    ...(typeof stack === 'string' ? { stack: cut(stack, MAX_STACK) } : {}),
    ...(causes.length > 0 ? { causes } : {}),
  };
}

/** The error's `code`, where it is a short text or a number. */
export function errorCode(error: Error): string | undefined {
  const code = read(error, 'code');
  if (typeof code === 'string' && code !== '') {
    return cut(code, 100);
  }
  return typeof code === 'number' ? String(code) : undefined;
}

/** The error and its causes, nearest first, as far as a bound. Never throws. */
export function causesOf(error: Error): readonly Error[] {
  const links = [error];
  for (let cause = read(error, 'cause'); isError(cause) && links.length < MAX_LINKS; cause = read(cause, 'cause')) {
    links.push(cause);
  }
  return links;
}

const MAX_LINKS = 10;

/** A property of an error that may be a throwing getter. */
function read(error: Error, property: 'name' | 'message' | 'stack' | 'cause' | 'code'): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : show(value);
}

function cut(value: string, length: number): string {
  const whole = value.toWellFormed();
  return whole.length > length ? `${whole.slice(0, length - 1).toWellFormed()}…` : whole;
}
