import { alone } from './alone.js';
import { boot } from './boot.js';
import { drain } from './drain.js';
import { footprint } from './footprint.js';
import { growth } from './growth.js';
import { hold } from './hold.js';
import { idle } from './idle.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { processes } from './processes.js';
import { scheduled } from './scheduled.js';
import { submit } from './submit.js';
import { sustained } from './sustained.js';
import type { Task } from './task.js';
import { urgent } from './urgent.js';

export const TASKS: Readonly<Record<string, Task>> = {
  alone,
  boot,
  drain,
  footprint,
  growth,
  hold,
  idle,
  latency,
  memory,
  processes,
  scheduled,
  submit,
  sustained,
  urgent,
};
