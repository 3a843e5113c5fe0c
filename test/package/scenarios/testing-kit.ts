// `nestjs-jobs/testing`: jobs run by hand on virtual time.
import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { JobHandler, JobService } from 'nestjs-jobs';
import { JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';

@JobHandler('remind')
class Remind {
  handle({ of }: { readonly of: string }): string {
    return `remember ${of}`;
  }
}

async function main(): Promise<void> {
  const module = await Test.createTestingModule({
    imports: [JobsTestingModule.forRoot()],
    providers: [Remind],
  }).compile();
  await module.init();
  const jobs = module.get(TestingJobs);
  await module.get(JobService).submit(Remind, { of: 'milk' }, { delay: '1h' });
  await jobs.drain();
  const [before] = jobs.submitted(Remind).map(({ state }) => state);
  await jobs.advance('1h');
  const [after] = jobs.submitted(Remind).map(({ state }) => state);
  const alone = await jobs.run(Remind, { of: 'bread' });
  await module.close();
  console.log(JSON.stringify({ before, after, alone }));
}

void main();
