import { Get, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Alerts } from '../../application/alerting/alerts.js';
import { HistoryReader } from '../../application/history/history-reader.js';
import { MetricsService } from '../../application/history/metrics-service.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { timeRange } from '../input/time-range.js';
import { HistoryQuery, SummaryQuery } from './metrics-input.js';
import {
  AlertListView,
  alertView,
  MetricsHistoryView,
  MetricsSeriesListView,
  MetricsSummaryView,
  pointView,
  seriesView,
  summaryView,
} from './metrics-view.js';

const OF_WHOM = 'Of the processes that keep a history; without any, all counts are 0.';

/** What happened to jobs in the last day, and how the alerts stand. */
@Endpoints('', 'Metrics')
export class MetricsController {
  private readonly metrics: MetricsService;

  constructor(
    reader: HistoryReader,
    private readonly alerts: Alerts,
  ) {
    this.metrics = new MetricsService(reader);
  }

  @Get('metrics/summary')
  @ApiQuery({ type: SummaryQuery })
  @Endpoint({
    id: 'getMetricsSummary',
    needs: 'read',
    summary: 'Counts, rates and quantiles of the last hour, or another span, in one',
    description: OF_WHOM,
    answers: MetricsSummaryView,
    fails: [400],
  })
  async summary(@Query(input(SummaryQuery)) query: Checked<SummaryQuery>): Promise<MetricsSummaryView> {
    return summaryView(await this.metrics.summary({ ...query }));
  }

  @Get('metrics/series')
  @ApiQuery({ type: SummaryQuery })
  @Endpoint({
    id: 'listMetricsSeries',
    needs: 'read',
    summary: 'The same for each job type in each queue',
    description: OF_WHOM,
    answers: MetricsSeriesListView,
    fails: [400],
  })
  async series(@Query(input(SummaryQuery)) query: Checked<SummaryQuery>): Promise<MetricsSeriesListView> {
    return { series: (await this.metrics.series({ ...query })).map(seriesView) };
  }

  @Get('metrics/history')
  @ApiQuery({ type: HistoryQuery })
  @Endpoint({
    id: 'getMetricsHistory',
    needs: 'read',
    summary: 'The same for each minute, or longer step, of a span within the last day',
    description: OF_WHOM,
    answers: MetricsHistoryView,
    fails: [400],
  })
  async history(
    @Query(input(HistoryQuery)) { from, to, ...query }: Checked<HistoryQuery>,
  ): Promise<MetricsHistoryView> {
    const points = await this.metrics.history({ ...query, ...timeRange({ from, to }) });
    return { points: points.map(pointView) };
  }

  @Get('alerts')
  @Endpoint({
    id: 'listAlerts',
    needs: 'read',
    summary: 'How the alerts stand: all that are not well, and of each rule without any the nearest to it',
    description: 'As the process whose turn it is saw them last; none where no process has rules.',
    answers: AlertListView,
  })
  async list(): Promise<AlertListView> {
    return { alerts: (await this.alerts.list()).map(alertView) };
  }
}
