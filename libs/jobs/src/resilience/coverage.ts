import type { JobContext } from '../application/attempts/job-context.js';
import { type HandlerClass, handlerDeclaration } from '../application/handlers/handler.js';
import { InvalidOptionError } from '../domain/errors/errors.js';
import { reading } from '../domain/options/read-options.js';
import { checkName } from '../domain/names.js';

/** Which of the jobs that pass through it a middleware is for. */
export interface CoverageOptions {
  /** Only these types: names, or handlers' classes. Default: all that pass through it. */
  readonly types?: readonly (string | HandlerClass)[];
  /** Only jobs of these queues. Default: all. */
  readonly queues?: readonly string[];
}

/** Answers whether a job is meant. */
export type Coverage = (job: Pick<JobContext, 'type' | 'queue'>) => boolean;

/** @throws InvalidOptionError naming the option */
export function coverageOf({ types, queues }: CoverageOptions): Coverage {
  return reading('options', types, () => coverage(types, queues));
}

function coverage(types: CoverageOptions['types'], queues: CoverageOptions['queues']): Coverage {
  const meantTypes = types === undefined ? undefined : new Set(list(types, 'types').map(typeOf));
  const meantQueues =
    queues === undefined ? undefined : new Set(list(queues, 'queues').map((queue) => checkName(queue, 'queues')));
  return ({ type, queue }) => (meantTypes?.has(type) ?? true) && (meantQueues?.has(queue) ?? true);
}

function list(value: unknown, option: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new InvalidOptionError(option, value, 'a list');
  }
  return [...(value as readonly unknown[])];
}

function typeOf(handler: unknown): string {
  if (typeof handler !== 'function') {
    return checkName(handler, 'types');
  }
  const declaration = handlerDeclaration(handler);
  if (declaration === undefined) {
    throw new InvalidOptionError('types', handler.name, "types' names, or classes decorated with @JobHandler('type')");
  }
  return declaration.type;
}
