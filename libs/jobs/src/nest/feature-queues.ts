import { isDeepStrictEqual } from 'node:util';
import type { ModulesContainer } from '@nestjs/core';
import { InvalidConfigurationError, InvalidOptionError, show } from '../domain/errors/errors.js';
import { refuseUnknownKeys } from '../domain/options/known-keys.js';
import type { JobsModuleOptions, QueueOptions } from './options/module-options.js';
import { isRecord } from './options/option-rules.js';

/** What `JobsModule.forFeature` is told. */
export interface JobsFeatureOptions {
  /** Settings of the feature's queues, by name, as in `JobsModuleOptions.queues`. */
  readonly queues: Readonly<Record<string, QueueOptions>>;
}

/** The queues that one feature module declares: left among its providers, gathered at boot. */
export class FeatureQueues {
  readonly queues: JobsFeatureOptions['queues'];

  /** @throws InvalidOptionError for anything but queues by name; what is said of each queue is checked at boot */
  constructor(options: JobsFeatureOptions) {
    refuseUnknownKeys(options, ['queues'], 'forFeature.');
    if (!isRecord(options.queues)) {
      throw new InvalidOptionError('forFeature.queues', options.queues, 'an object of queue options by name');
    }
    this.queues = options.queues;
  }
}

/** The declarations of all feature modules. They are values, and so there before anything is instantiated. */
export function featureQueuesIn(modules: ModulesContainer): readonly FeatureQueues[] {
  return [...modules.values()].flatMap((module) => {
    const declared: unknown = module.providers.get(FeatureQueues)?.instance;
    return declared instanceof FeatureQueues ? [declared] : [];
  });
}

/**
 * The options with the feature modules' queues among them.
 *
 * @throws InvalidConfigurationError naming each queue that is declared twice with different values
 */
export function withFeatureQueues(options: JobsModuleOptions, features: readonly FeatureQueues[]): JobsModuleOptions {
  if (features.length === 0) {
    return options;
  }
  const queues = new Map(Object.entries(options.queues ?? {}));
  const problems: string[] = [];
  for (const [name, queue] of features.flatMap((feature) => Object.entries(feature.queues))) {
    const present = queues.get(name);
    if (present !== undefined && !isDeepStrictEqual(present, queue)) {
      problems.push(
        `queues.${name} is declared twice with different values, ${show(present)} and ${show(queue)}; declare it once, or alike`,
      );
    }
    queues.set(name, queue);
  }
  if (problems.length > 0) {
    throw new InvalidConfigurationError(problems);
  }
  return { ...options, queues: Object.fromEntries(queues) };
}
