import { ALL, OURS, OURS_AND_BULL, type Row } from './row.js';

/** How long jobs wait. */
export const DELAY: readonly Row[] = [
  ...(['pickup', 'overhead'] as const).map((figure): Row => ({
    id: `alone-${figure}`,
    title: `one job alone on an idle machine: ${figure === 'pickup' ? 'from submit to handler' : 'from handler to outcome stored'}`,
    task: 'alone',
    // groupmq does not tell when an outcome is stored.
    engines: figure === 'pickup' ? ALL : ['nestjs-jobs', 'bullmq', 'bee-queue'],
    parameters: { jobs: 200 },
    figure,
    unit: 'ms',
    better: 'less',
    runs: 3,
    ...(figure === 'pickup' ? { quick: { jobs: 20 } } : {}),
  })),
  ...[200, 2_000].flatMap((rate) =>
    (['p50', 'p99', 'max'] as const).map((figure): Row => ({
      id: `latency-${rate}-${figure}`,
      title: `pickup latency at ${rate.toLocaleString('en')}/s, ${figure}`,
      task: 'latency',
      engines: ALL,
      parameters: { rate, seconds: 5 },
      figure,
      unit: 'ms',
      better: 'less',
      // A job that comes alone finds cores asleep, or not: three runs are too few to tell the engines apart.
      runs: 11,
      ...(rate === 200 ? { quick: { rate, seconds: 1 } } : {}),
    })),
  ),
  ...[0, 1, 20].map((handlerMilliseconds): Row => ({
    id: `urgent-${handlerMilliseconds}`,
    title: `a critical job behind 10,000 low ones of ${handlerMilliseconds} ms starts after, at most`,
    task: 'urgent',
    engines: OURS,
    parameters: { jobs: handlerMilliseconds === 20 ? 2_000 : 10_000, handlerMilliseconds, rounds: 10 },
    figure: 'max',
    unit: 'ms',
    better: 'less',
    runs: 1,
  })),
  ...(['bytes', 'p50', 'p99', 'max'] as const).map((figure): Row => ({
    id: `scheduled-${figure}`,
    title: figure === 'bytes' ? 'a scheduled job, of a million' : `lateness beside a million scheduled jobs, ${figure}`,
    task: 'scheduled',
    engines: OURS_AND_BULL,
    parameters: { jobs: 1_000_000, dueSoon: 500, checkKeys: false },
    figure,
    unit: figure === 'bytes' ? 'bytes' : 'ms',
    better: 'less',
    runs: 1,
  })),
  {
    id: 'boot',
    title: 'from the start of the process to its first job done',
    task: 'boot',
    engines: ALL,
    parameters: {},
    figure: 'milliseconds',
    unit: 'ms',
    better: 'less',
    runs: 3,
    quick: {},
  },
];
