import { Get, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { WorkerFleet } from '../../application/processes/worker-fleet.js';
import type { WorkerOrder } from '../../domain/processes/process-record.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { TextField } from '../input/fields.js';
import { type Checked, input } from '../input/input.pipe.js';
import { WorkerListView, WorkerOrderView, workerView } from './worker-view.js';

/** Names a worker, in a path. */
export class WorkerPath {
  @TextField({ description: 'Its id', required: true, most: 512 })
  readonly id!: string;
}

/** The workers of all processes. */
@Endpoints('workers', 'Workers')
export class WorkersController {
  constructor(
    private readonly fleet: WorkerFleet,
    private readonly changes: Changes,
  ) {}

  @Get()
  @Endpoint({ id: 'listWorkers', needs: 'read', summary: 'The workers of all processes', answers: WorkerListView })
  async list(): Promise<WorkerListView> {
    return { workers: (await this.fleet.workers()).map(workerView) };
  }

  @Post(':id/pause')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'pauseWorker',
    needs: 'operate',
    summary: 'Asks a worker to take no new jobs until resumed',
    answers: WorkerOrderView,
    status: HttpStatus.ACCEPTED,
    fails: [400, 404],
  })
  pause(@Param(input(WorkerPath)) { id }: Checked<WorkerPath>, @Caller() caller: ApiCaller): Promise<WorkerOrderView> {
    return this.order(id, caller, 'pause');
  }

  @Post(':id/resume')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'resumeWorker',
    needs: 'operate',
    summary: 'Asks a worker to take jobs again',
    answers: WorkerOrderView,
    status: HttpStatus.ACCEPTED,
    fails: [400, 404],
  })
  resume(@Param(input(WorkerPath)) { id }: Checked<WorkerPath>, @Caller() caller: ApiCaller): Promise<WorkerOrderView> {
    return this.order(id, caller, 'resume');
  }

  @Post(':id/stop')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'stopWorker',
    needs: 'operate',
    summary: 'Asks a worker to end what it runs and to take no jobs ever again',
    answers: WorkerOrderView,
    status: HttpStatus.ACCEPTED,
    fails: [400, 404],
  })
  stop(@Param(input(WorkerPath)) { id }: Checked<WorkerPath>, @Caller() caller: ApiCaller): Promise<WorkerOrderView> {
    return this.order(id, caller, 'stop');
  }

  private async order(id: string, caller: ApiCaller, asked: WorkerOrder): Promise<WorkerOrderView> {
    await this.changes.make(caller, { action: `workers.${asked}`, target: id }, () => this.fleet[asked](id));
    return { id, asked };
  }
}
