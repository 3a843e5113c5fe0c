import { Inject, Injectable } from '@nestjs/common';
import { InvalidOptionError, UnknownJobTypeError } from '../../domain/errors/errors.js';
import { DEFAULT_MAX_CRASHES } from '../../domain/job.js';
import { checkName } from '../../domain/names.js';
import { resolveRetry } from '../../domain/retry-policy.js';
import { type HandlerClass, handlerDeclaration } from '../handlers/handler.js';
import { defineHandler, withDefaults } from '../handlers/handler-definition.js';
import { type HandlerDefinition, HandlerRegistry } from '../handlers/handler-registry.js';
import { Clock } from '../ports/clock.js';
import { JobDirectory, type JobTypeEntry } from '../ports/job-directory.js';
import { PayloadValidator } from '../ports/payload-validator.js';
import type { EngineSettings, JobDefaults } from '../settings.js';
import type { TypeDefaults } from './submit-options.js';
import { ENGINE_SETTINGS } from '../tokens.js';

/** How long what another process published is believed, and that nobody has published a type, in milliseconds. */
const BELIEVED = 60_000;
const MISSED = 1_000;

/** A question to the store about a type, and its answer once there is one. */
interface Asked {
  readonly entry: Promise<JobTypeEntry | undefined>;
  answer?: {
    readonly entry: JobTypeEntry | undefined;
    /** What a type that nobody has published is taken for in a queue that a submit names. */
    readonly inQueue: Map<string, KnownType>;
  };
  /** Monotonic milliseconds until which the answer is believed. */
  until: number;
}

/** A handler's class that has no handler here, and the defaults that are laid under what it says. */
interface Declared {
  readonly definition: HandlerDefinition;
  readonly defaults: JobDefaults;
}

/** A job type as a submit needs it. */
export interface KnownType extends TypeDefaults {
  readonly validate?: (payload: unknown) => unknown;
}

/**
 * Finds what a submit must know of a job type: from the handler in this process, else from the handler's class, else
 * from what other processes have published, else from the module's defaults where a queue is named.
 */
@Injectable()
export class TypeDirectory {
  private readonly published = new Map<string, Asked>();
  private readonly declared = new WeakMap<object, Declared>();
  private readonly local = new WeakMap<HandlerDefinition, KnownType>();
  private readonly publishedQueues = new Map<string, 'published' | Promise<void>>();

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly directory: JobDirectory,
    private readonly validator: PayloadValidator,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /** What is known of a type without asking the store: from this process, or from what was lately answered. */
  known(handler: HandlerClass | string, queue: string | undefined): KnownType | undefined {
    const found = this.find(handler);
    if (found !== undefined || typeof handler !== 'string') {
      return found;
    }
    const asked = this.published.get(handler);
    if (asked?.answer === undefined || this.clock.monotonic() >= asked.until) {
      return undefined;
    }
    const { entry, inQueue } = asked.answer;
    if (entry !== undefined || queue === undefined) {
      return entry;
    }
    let known = inQueue.get(queue);
    if (known === undefined) {
      known = this.unpublished(handler, queue);
      inQueue.set(queue, known);
    }
    return known;
  }

  /** True once the queue is among the known ones, or is in no need of being published here. */
  isPublished(queue: string): boolean {
    return this.publishedQueues.get(queue) === 'published' || this.settings.queues.has(queue);
  }

  /** @throws UnknownJobTypeError when nobody has published the type and no queue is named */
  async lookUp(type: string, queue: string | undefined): Promise<KnownType> {
    checkName(type, 'type');
    const entry = await this.publishedEntry(type);
    if (entry !== undefined) {
      return entry;
    }
    if (queue === undefined) {
      this.published.delete(type);
      throw new UnknownJobTypeError(type);
    }
    return this.unpublished(type, queue);
  }

  /** Makes sure that a queue named at a submit is among the known ones, where jobs are looked for and counted. */
  async publishQueue(queue: string): Promise<void> {
    let publishing = this.publishedQueues.get(queue);
    if (publishing === undefined) {
      const isKnown = this.settings.queues.has(queue) || this.registry.queues().includes(queue);
      publishing = isKnown ? 'published' : this.directory.announce({ types: [], queues: [queue] });
      this.publishedQueues.set(queue, publishing);
      if (publishing !== 'published') {
        publishing.then(
          () => this.publishedQueues.set(queue, 'published'),
          () => this.publishedQueues.delete(queue),
        );
      }
    }
    await publishing;
  }

  /** What is known in this process; `undefined` when the directory must be asked. */
  private find(handler: HandlerClass | string): KnownType | undefined {
    const type = typeof handler === 'string' ? handler : typeOf(handler);
    const definition = this.registry.get(type) ?? (typeof handler === 'string' ? undefined : this.define(handler));
    return definition === undefined ? undefined : this.localType(definition);
  }

  private localType(definition: HandlerDefinition): KnownType {
    let known = this.local.get(definition);
    if (known === undefined) {
      known = { ...definition, maxAttempts: definition.retry.attempts };
      this.local.set(definition, known);
    }
    return known;
  }

  private define(handler: HandlerClass): HandlerDefinition {
    const { defaults } = this.settings;
    const present = this.declared.get(handler);
    let definition = present?.definition;
    const declaration = handlerDeclaration(handler);
    if (present !== undefined && present.defaults !== defaults) {
      definition = withDefaults(present.definition, defaults);
      this.declared.set(handler, { definition, defaults });
    } else if (definition === undefined && declaration !== undefined) {
      // It only submits here: what runs around the handler is of the process that has it.
      const submitted = { ...declaration, options: { ...declaration.options, middleware: [] } };
      definition = defineHandler(handler.name, submitted, () => undefined, this.settings, this.validator);
      this.declared.set(handler, { definition, defaults });
    }
    return definition as HandlerDefinition; // typeOf() has thrown where there is no declaration
  }

  /** Submits that come together ask the store once. */
  private publishedEntry(type: string): Promise<JobTypeEntry | undefined> {
    const known = this.published.get(type);
    if (known !== undefined && this.clock.monotonic() < known.until) {
      return known.entry;
    }
    const asked: Asked = { entry: this.directory.type(type), until: Infinity };
    this.published.set(type, asked);
    asked.entry.then(
      (entry) => {
        asked.answer = { entry, inQueue: new Map() };
        asked.until = this.clock.monotonic() + (entry === undefined ? MISSED : BELIEVED);
      },
      () => this.published.delete(type),
    );
    return asked.entry;
  }

  private unpublished(type: string, queue: string): KnownType {
    const { defaults, queues } = this.settings;
    const byQueue = queues.get(queue)?.defaults ?? {};
    const retain = byQueue.retain ?? defaults.retain;
    const expiresIn = byQueue.expiresIn ?? defaults.expiresIn;
    return {
      type,
      queue,
      priority: byQueue.priority ?? defaults.priority ?? 0,
      maxAttempts: resolveRetry(byQueue.retry, defaults.retry).attempts,
      maxCrashes: byQueue.maxCrashes ?? defaults.maxCrashes ?? DEFAULT_MAX_CRASHES,
      ...(retain === undefined ? {} : { retain }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
    };
  }
}

function typeOf(handler: HandlerClass): string {
  const declaration = typeof handler === 'function' ? handlerDeclaration(handler) : undefined;
  if (declaration === undefined) {
    throw new InvalidOptionError(
      'handler',
      typeof handler === 'function' ? handler.name : handler,
      "a job type's name, or a class decorated with @JobHandler('type')",
    );
  }
  return declaration.type;
}
