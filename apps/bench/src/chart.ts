import { init } from 'echarts';
import { ENGINE_NAMES } from './engines/engine.js';
import type { RowResult } from './run.js';

const ROWS = ['submit-100', 'submit-bulk', 'drain-1', 'drain-10', 'drain-100', 'drain-kept-100', 'processes-4'];
const COLOURS = ['#e0234e', '#6b7280', '#9ca3af', '#d1d5db'];

/** The README's picture: jobs a second, engine beside engine, as an SVG. */
export function chart(rows: readonly RowResult[]): string {
  const shown = ROWS.flatMap((id) => rows.filter((row) => row.id === id));
  const drawing = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: 900,
    height: 90 + 62 * Math.max(shown.length, 1),
  });
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    title: { text: 'Jobs a second, in one run on one machine', left: 16, top: 10, textStyle: { fontSize: 16 } },
    legend: { top: 12, right: 16, itemGap: 24, itemWidth: 14 },
    grid: { left: 270, right: 60, top: 56, bottom: 32 },
    xAxis: { type: 'value', axisLabel: { formatter: (value: number) => `${value / 1_000}k` } },
    yAxis: {
      type: 'category',
      inverse: true,
      data: shown.map(({ title }) => title.replace(/, results dropped| of concurrency 25$/, '')),
    },
    series: ENGINE_NAMES.map((engine) => ({
      name: engine,
      type: 'bar',
      data: shown.map(({ engines }) => {
        const median = engines[engine]?.median;
        return median === undefined || Number.isNaN(median) ? null : Math.round(median);
      }),
      label: {
        show: true,
        position: 'right',
        fontSize: 10,
        formatter: ({ value }: { value?: unknown }) => Number(value).toLocaleString('en'),
      },
    })),
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return `${svg}\n`;
}
