import { Test, type TestingModule } from '@nestjs/testing';
import { type Handler, JobHandler, JobService } from '../index.js';
import { jobMatchers, JobsTestingModule, TestingJobs } from './index.js';

expect.extend(jobMatchers);

interface Order {
  readonly id: number;
  readonly lines: readonly { readonly sku: string; readonly count: number }[];
}

@JobHandler('order', { retry: { attempts: 2, backoff: 'none' } })
class PlaceOrder implements Handler<Order> {
  handle({ id }: Order): void {
    if (id < 0) {
      throw new RangeError(`no order ${id}`);
    }
  }
}

@JobHandler('other')
class Other implements Handler<null> {
  handle(): void {}
}

describe('jobMatchers', () => {
  let module: TestingModule;
  let jobs: TestingJobs;

  beforeAll(async () => {
    module = await Test.createTestingModule({
      imports: [JobsTestingModule.forRoot()],
      providers: [PlaceOrder, Other],
    }).compile();
    await module.init();
    jobs = module.get(TestingJobs);
    const service = module.get(JobService);
    await service.submit(PlaceOrder, { id: 1, lines: [{ sku: 'a', count: 2 }] });
    await service.submit(PlaceOrder, { id: -1, lines: [] });
    await jobs.drain();
    await service.submit(PlaceOrder, { id: 2, lines: [] });
  });

  afterAll(() => module.close());

  it('sees what was submitted, by class or name, with a part of the payload', () => {
    expect(jobs).toHaveSubmitted(PlaceOrder);
    expect(jobs).toHaveSubmitted('order', { id: 2 });
    expect(jobs).toHaveSubmitted(PlaceOrder, { lines: [{ sku: 'a' }] });
    expect(jobs).toHaveSubmitted(PlaceOrder, { id: expect.any(Number) as number, lines: [] });
    expect(jobs).not.toHaveSubmitted(Other);
    expect(jobs).not.toHaveSubmitted(PlaceOrder, { id: 3 });
    expect(jobs).not.toHaveSubmitted(PlaceOrder, { id: 1, lines: [] });
    expect(jobs).toHaveSubmittedTimes(PlaceOrder, 3);
    expect(jobs).not.toHaveSubmittedTimes('other', 1);
  });

  it('sees what was completed and what failed, and with what', () => {
    expect(jobs).toHaveCompleted(PlaceOrder, { id: 1 });
    expect(jobs).not.toHaveCompleted(PlaceOrder, { id: 2 });
    expect(jobs).toHaveFailed(PlaceOrder);
    expect(jobs).toHaveFailed('order', 'no order');
    expect(jobs).toHaveFailed(PlaceOrder, /order -1$/);
    expect(jobs).toHaveFailed(PlaceOrder, { name: 'RangeError', attempt: 2 });
    expect(jobs).not.toHaveFailed(PlaceOrder, 'timeout');
    expect(jobs).not.toHaveFailed(Other);
  });

  it('says what there is where it does not pass', () => {
    const message = (assertion: () => void): string => {
      try {
        assertion();
      } catch (error) {
        return (error as Error).message;
      }
      return 'it passed';
    };
    const failed = '  order {"id":-1,"lines":[]}: failed after 2 attempts, RangeError (error): no order -1';
    const all = [
      'Submitted:',
      '  order {"id":1,"lines":[{"sku":"a","count":2}]}: completed',
      failed,
      '  order {"id":2,"lines":[]}: pending',
    ];
    const check = (assertion: () => void, ...lines: readonly string[]): void =>
      expect(message(assertion).split('\n')).toEqual(lines);
    const some = expect.any(String) as string;
    check(
      () => expect(jobs).toHaveSubmitted(PlaceOrder, { lines: [{ sku: some }, {}] }),
      `Expected a job of type 'order' to have been submitted with {"lines": [{"sku": Any<String>}, {}]}.`,
      ...all,
    );
    check(
      () => expect(jobs).toHaveCompleted(Other),
      "Expected a job of type 'other' to have completed.",
      'None of the type was submitted. Submitted:',
      ...all.slice(1),
    );
    check(
      () => expect(jobs).not.toHaveFailed(PlaceOrder, /no/),
      "Expected no job of type 'order' to have failed with /no/.",
      'Submitted:',
      failed,
    );
    check(
      () => expect(jobs).toHaveSubmittedTimes(PlaceOrder, 1),
      "Expected 1 job of type 'order' to have been submitted, not 3.",
      ...all,
    );
    check(
      () => expect(jobs).not.toHaveSubmittedTimes(PlaceOrder, 3),
      "Expected not exactly 3 jobs of type 'order' to have been submitted.",
      ...all,
    );
  });

  it('refuses what are no jobs, and what is no handler', () => {
    expect(() => expect({ some: 'thing' }).toHaveSubmitted('order')).toThrow(
      'needs the TestingJobs of the module, and got {"some":"thing"}',
    );
    expect(() => expect(jobs).toHaveSubmitted(class Plain {} as never)).toThrow('Plain is no job handler');
  });

  it('has the types of the payload', () => {
    // @ts-expect-error: an order's id is a number
    expect(jobs).not.toHaveSubmitted(PlaceOrder, { id: 'one' });
    // @ts-expect-error: an order has no such field
    expect(jobs).not.toHaveSubmitted(PlaceOrder, { nothing: 1 });
    const submitted: number = jobs.submitted(PlaceOrder)[0]?.payload.id ?? 0;
    expect(submitted).toBe(1);
  });
});
