import { Body, Get, Patch, Post } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { ConfigurationService } from '../../application/configuration/configuration-service.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { ConfigurationInput, expectation, RevertInput } from './configuration-input.js';
import {
  ConfigurationHistoryView,
  ConfigurationView,
  ConfigurationViews,
  EffectiveConfigurationView,
} from './configuration-view.js';

/** What can be changed without a restart. */
@Endpoints('configuration', 'Configuration')
export class ConfigurationController {
  constructor(
    private readonly configuration: ConfigurationService,
    private readonly views: ConfigurationViews,
    private readonly changes: Changes,
  ) {}

  @Get()
  @Endpoint({
    id: 'getConfiguration',
    needs: 'read',
    summary: 'What was changed at run time, and its version',
    answers: ConfigurationView,
  })
  async current(): Promise<ConfigurationView> {
    return this.views.current(await this.configuration.current());
  }

  @Get('effective')
  @Endpoint({
    id: 'getEffectiveConfiguration',
    needs: 'read',
    summary: 'Every setting as it is in the process that answers, and where it comes from',
    answers: EffectiveConfigurationView,
  })
  async effective(): Promise<EffectiveConfigurationView> {
    const settings = await this.configuration.effective();
    return { settings: settings.map((setting) => this.views.effective(setting)) };
  }

  @Get('history')
  @Endpoint({
    id: 'getConfigurationHistory',
    needs: 'read',
    summary: 'The last 50 changes: who, when, what',
    answers: ConfigurationHistoryView,
  })
  async history(): Promise<ConfigurationHistoryView> {
    const changes = await this.configuration.history();
    return { changes: changes.map((change) => this.views.change(change)) };
  }

  @Patch()
  @ApiBody({ type: ConfigurationInput })
  @Endpoint({
    id: 'changeConfiguration',
    needs: 'operate',
    summary: 'Changes settings for every process, all of them or none',
    description: 'Every process follows within 5 s, and what was changed wins over the code.',
    answers: ConfigurationView,
    fails: [400, 409],
  })
  async change(
    @Body(input(ConfigurationInput)) body: Checked<ConfigurationInput>,
    @Caller() caller: ApiCaller,
  ): Promise<ConfigurationView> {
    const { change } = body;
    const made = await this.changes.make(
      caller,
      { action: 'configuration.change', detail: this.views.told(change) },
      () => this.configuration.change(change, { by: caller.who, ...expectation(body) }),
    );
    return this.views.current(made);
  }

  @Post('revert')
  @ApiBody({ type: RevertInput })
  @Endpoint({
    id: 'revertConfiguration',
    needs: 'operate',
    summary: 'Makes the configuration what it was at a version; pauses stay as they are',
    answers: ConfigurationView,
    fails: [400, 404, 409],
  })
  async revert(
    @Body(input(RevertInput)) body: Checked<RevertInput>,
    @Caller() caller: ApiCaller,
  ): Promise<ConfigurationView> {
    const { version } = body;
    const made = await this.changes.make(caller, { action: 'configuration.revert', detail: `version ${version}` }, () =>
      this.configuration.revert(version, { by: caller.who, ...expectation(body) }),
    );
    return this.views.current(made);
  }
}
