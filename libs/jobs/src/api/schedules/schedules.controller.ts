import { Body, Delete, Get, HttpStatus, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery } from '@nestjs/swagger';
import { ScheduleService } from '../../application/scheduling/schedule-service.js';
import type { ScheduleRecord } from '../../domain/schedules/schedule.js';
import { ScheduleNotFoundError } from '../../domain/errors/schedule-errors.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { refuseOwnType } from '../bulk/bulk-work.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { JobKeyView } from '../jobs/job-view.js';
import {
  NextRunsQuery,
  scheduleDetailOf,
  scheduleFilterOf,
  ScheduleInput,
  scheduleOptionsOf,
  SchedulePath,
  SchedulesQuery,
} from './schedule-input.js';
import { NextRunsView, ScheduleListView, ScheduleRemovedView, ScheduleView, ScheduleViews } from './schedule-view.js';

/** Schedules: look at them, make, switch, run and remove them. */
@Endpoints('schedules', 'Schedules')
export class SchedulesController {
  constructor(
    private readonly schedules: ScheduleService,
    private readonly views: ScheduleViews,
    private readonly changes: Changes,
  ) {}

  @Get()
  @ApiQuery({ type: SchedulesQuery })
  @Endpoint({
    id: 'listSchedules',
    needs: 'read',
    summary: 'All schedules, by id, without their data',
    answers: ScheduleListView,
    fails: [400],
  })
  async list(@Query(input(SchedulesQuery)) query: Checked<SchedulesQuery>): Promise<ScheduleListView> {
    const schedules = await this.schedules.list(scheduleFilterOf(query));
    return { schedules: schedules.map((schedule) => this.views.summary(schedule)) };
  }

  @Get(':id')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'getSchedule',
    needs: 'read',
    summary: 'One schedule, with its last and its next run',
    answers: ScheduleView,
    fails: [400, 404],
  })
  async get(
    @Param(input(SchedulePath)) { id }: Checked<SchedulePath>,
    @Caller() { role }: ApiCaller,
  ): Promise<ScheduleView> {
    const schedule = await this.schedules.get(id);
    if (schedule === undefined) {
      throw new ScheduleNotFoundError(id);
    }
    return this.views.whole(schedule, role);
  }

  @Get(':id/next')
  @ApiParam({ name: 'id' })
  @ApiQuery({ type: NextRunsQuery })
  @Endpoint({
    id: 'listNextRuns',
    needs: 'read',
    summary: 'When a schedule runs next',
    answers: NextRunsView,
    fails: [400, 404],
  })
  async next(
    @Param(input(SchedulePath)) { id }: Checked<SchedulePath>,
    @Query(input(NextRunsQuery)) { count }: Checked<NextRunsQuery>,
  ): Promise<NextRunsView> {
    const runs = await this.schedules.nextRuns(id, count);
    return { id, next: runs.map((run) => run.toISOString()) };
  }

  @Put(':id')
  @ApiParam({ name: 'id' })
  @ApiBody({ type: ScheduleInput })
  @Endpoint({
    id: 'putSchedule',
    needs: 'operate',
    summary: 'Adds a schedule, or replaces all that it says',
    description:
      'Where its timetable stays as it was its next run does too; else it counts from now. A process whose code declares it sets what it declares again when it boots.',
    answers: ScheduleView,
    fails: [400, 409, 413],
  })
  async put(
    @Param(input(SchedulePath)) { id }: Checked<SchedulePath>,
    @Body(input(ScheduleInput)) body: Checked<ScheduleInput>,
    @Caller() caller: ApiCaller,
  ): Promise<ScheduleView> {
    refuseOwnType(body.type);
    const schedule = await this.changes.make(
      caller,
      { action: 'schedules.put', target: id, detail: scheduleDetailOf(body) },
      () => this.schedules.upsert(scheduleOptionsOf(id, body)),
    );
    return this.views.whole(schedule, caller.role);
  }

  @Post(':id/enable')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'enableSchedule',
    needs: 'operate',
    summary: 'Switches it on: it counts from now, and fires nothing of the past',
    answers: ScheduleView,
    fails: [400, 404],
  })
  enable(
    @Param(input(SchedulePath)) { id }: Checked<SchedulePath>,
    @Caller() caller: ApiCaller,
  ): Promise<ScheduleView> {
    return this.change(id, caller, 'enable', () => this.schedules.enable(id));
  }

  @Post(':id/disable')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'disableSchedule',
    needs: 'operate',
    summary: 'Switches it off, over deploys too, until it is enabled; its jobs go on',
    answers: ScheduleView,
    fails: [400, 404],
  })
  disable(
    @Param(input(SchedulePath)) { id }: Checked<SchedulePath>,
    @Caller() caller: ApiCaller,
  ): Promise<ScheduleView> {
    return this.change(id, caller, 'disable', () => this.schedules.disable(id));
  }

  @Post(':id/run')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'runSchedule',
    needs: 'operate',
    summary: 'Submits a job of it now, whether it is on or off; its next run and its count stay',
    answers: JobKeyView,
    status: HttpStatus.CREATED,
    fails: [400, 404],
  })
  run(@Param(input(SchedulePath)) { id }: Checked<SchedulePath>, @Caller() caller: ApiCaller): Promise<JobKeyView> {
    return this.changes.make(
      caller,
      { action: 'schedules.run', target: id },
      () => this.schedules.runNow(id),
      (job) => ({ jobs: [job] }),
    );
  }

  @Delete(':id')
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'removeSchedule',
    needs: 'operate',
    summary: 'Forgets it; its jobs go on',
    description: 'One that code declares comes back when that code boots: disable it instead.',
    answers: ScheduleRemovedView,
    fails: [400, 404],
  })
  async remove(
    @Param(input(SchedulePath)) { id }: Checked<SchedulePath>,
    @Caller() caller: ApiCaller,
  ): Promise<ScheduleRemovedView> {
    await this.changes.make(caller, { action: 'schedules.remove', target: id }, () => this.schedules.remove(id));
    return { id, removed: true };
  }

  private async change(
    id: string,
    caller: ApiCaller,
    what: string,
    run: () => Promise<ScheduleRecord>,
  ): Promise<ScheduleView> {
    const schedule = await this.changes.make(caller, { action: `schedules.${what}`, target: id }, run);
    return this.views.whole(schedule, caller.role);
  }
}
