/** Injects the engine's settings: {@link EngineSettings}. */
export const ENGINE_SETTINGS = Symbol.for('nestjs-jobs:settings');

/** Injects the holder's name: one boot of this process. */
export const HOLDER = Symbol.for('nestjs-jobs:holder');
