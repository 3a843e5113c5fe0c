import { readCron } from './read-cron.js';

let loads = 0;

jest.mock('cron-parser', () => {
  loads += 1;
  return jest.requireActual<typeof import('cron-parser')>('cron-parser');
});

describe('cron-parser', () => {
  it('is loaded when the first expression is read, not before', () => {
    expect(loads).toBe(0);
    readCron(['0', '0', '*', '*', '*']);
    expect(loads).toBe(1);
  });
});

describe('what counts as fixed', () => {
  it.each([
    ['30 2 * * *', true],
    ['0,30 1,2,3 * * *', true],
    ['0-10 1-5 * * *', true],
    ['0 0 2 * * *', true],
    ['0 * * * *', false],
    ['*/5 2 * * *', false],
    ['* 2 * * *', false],
    ['0-59 2 * * *', false],
    ['0 0-23 * * *', false],
    ['0 0/2 * * *', false],
    ['0 8-18/2 * * *', false],
    ['? 2 * * *', false],
    ['*/10 30 2 * * *', false],
    ['0-59 30 2 * * *', false],
  ])('%s: %p', (expression, fixed) => {
    expect(readCron(expression.split(' ')).fixed).toBe(fixed);
  });
});
