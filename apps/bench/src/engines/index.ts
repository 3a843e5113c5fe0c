import { beeQueue } from './bee-queue.js';
import { bullmq } from './bullmq.js';
import type { Engine, EngineName } from './engine.js';
import { groupmq } from './groupmq.js';
import { nestjsJobs } from './nestjs-jobs.js';

export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  'nestjs-jobs': nestjsJobs,
  bullmq,
  'bee-queue': beeQueue,
  groupmq,
};
