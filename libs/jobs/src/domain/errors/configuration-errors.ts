import { JobsError } from './errors.js';

/** Somebody else has changed the configuration since the version that a change was based on. */
export class ConfigurationConflictError extends JobsError {
  readonly code = 'configuration-conflict';

  constructor(
    readonly expectedVersion: number,
    readonly version: number,
  ) {
    super(
      `The configuration has version ${version}, not ${expectedVersion}: somebody else has changed it; look at it anew, and change that`,
    );
  }
}

/** A change of the configuration is in, but not all of it is in force yet. */
export class ConfigurationPendingError extends JobsError {
  readonly code = 'configuration-pending';

  constructor(
    /** The version that the change made. */
    readonly version: number,
    /** What is not in force yet, or was not done. */
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      `The configuration has been changed to version ${version}, which holds; not all of it is in force here yet: ${problems.join('; ')}`,
      options,
    );
  }
}

/** The version to go back to is not among the changes that are kept. */
export class UnknownConfigurationVersionError extends JobsError {
  readonly code = 'unknown-configuration-version';

  constructor(
    readonly version: number,
    readonly kept: readonly number[],
  ) {
    super(
      `The configuration has no version ${version} that could be gone back to; there are ${kept.length === 0 ? 'none' : kept.join(', ')}`,
    );
  }
}
