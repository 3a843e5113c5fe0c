import { ConflictException, Controller, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { IllegalStateError, JobNotFoundError, type JobRecord, JobService } from 'nestjs-jobs';

/** Jobs over HTTP: what became of one, what was given up, and once more, please. */
@Controller()
export class JobsController {
  constructor(private readonly jobs: JobService) {}

  @Get('jobs/:id')
  async find(@Param('id') id: string): Promise<JobRecord> {
    const job = await this.jobs.get(id);
    if (job === undefined) {
      throw new NotFoundException(`There is no job '${id}'`);
    }
    return job;
  }

  @Post('jobs/:id/retry')
  @HttpCode(202)
  async retry(@Param('id') id: string): Promise<{ id: string; state: string }> {
    try {
      return { id, state: await this.jobs.retry(id) };
    } catch (error) {
      if (error instanceof JobNotFoundError) throw new NotFoundException(error.message);
      if (error instanceof IllegalStateError) throw new ConflictException(error.message);
      throw error;
    }
  }

  @Get('dead-letters')
  async deadLetters(): Promise<readonly JobRecord[]> {
    return (await this.jobs.list({ state: 'failed', pageSize: 100 })).jobs;
  }
}
