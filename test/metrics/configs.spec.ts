import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promtool } from '../servers/prometheus.js';
import { CONFIGS, readDashboard, RULES } from './configs.js';

describe('the alert rules', () => {
  it('are sound', async () => {
    await expect(promtool(['check', 'rules', RULES])).resolves.toContain('SUCCESS');
  });

  it('fire when their line is crossed, and end when that is over', async () => {
    const tests = join(CONFIGS, 'prometheus/tests/background-jobs.yml');
    await expect(promtool(['test', 'rules', tests])).resolves.toContain('SUCCESS');
    const tested = readFileSync(tests, 'utf8');
    const alerts = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
    expect(alerts.length).toBeGreaterThan(7);
    for (const alert of alerts) {
      const times = tested.split(/- (?=eval_time|\{ eval_time)/).filter((each) => each.includes(`alertname: ${alert}`));
      expect([alert, times.some((each) => each.includes('exp_labels'))]).toEqual([alert, true]);
      expect([alert, times.filter((each) => each.includes('exp_alerts: []')).length >= 2]).toEqual([alert, true]);
    }
  });

  it('are loaded by the example configuration', async () => {
    await expect(promtool(['check', 'config', join(CONFIGS, 'prometheus/prometheus.yml')])).resolves.toContain(
      '1 rule files found',
    );
  });
});

describe('the dashboard', () => {
  const { panels, templating, ...dashboard } = readDashboard();
  const drawn = panels.filter(({ type }) => type !== 'row');

  it('can be imported into Grafana 10 and newer', () => {
    expect(dashboard).toMatchObject({ id: null, uid: 'nestjs-jobs', title: 'Background jobs' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(38);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(drawn.map(({ title }) => title)).size).toBe(drawn.length);
  });

  it('asks for its data source, and names no other', () => {
    const variable = templating.list.find(({ type }) => type === 'datasource');
    expect(variable?.name).toBe('datasource');
    for (const { title, datasource } of drawn) {
      expect([title, datasource]).toEqual([title, { type: 'prometheus', uid: '${datasource}' }]);
    }
  });

  it('has panels that say what they show, and do not lie on each other', () => {
    for (const { title, description, targets = [], gridPos } of drawn) {
      expect([title, description?.endsWith('.'), targets.length > 0]).toEqual([title, true, true]);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      const under = panels.filter(
        ({ gridPos: other }) =>
          other.x < gridPos.x + gridPos.w &&
          gridPos.x < other.x + other.w &&
          other.y < gridPos.y + gridPos.h &&
          gridPos.y < other.y + other.h,
      );
      expect(under.map((each) => each.title)).toEqual([title]);
    }
  });

  it('shows what operators look for', () => {
    expect(drawn.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        'Processing rate',
        'Queue sizes by priority',
        'Worker utilisation',
        'Duration distribution',
        'Error rate by type',
        'Retries and jobs given up, by type',
        'Dead letters by queue',
        'Schedule lateness',
      ]),
    );
  });

  it('uses no variable that it does not have', () => {
    const names = new Set(templating.list.map(({ name }) => name));
    const queries = [
      ...drawn.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...templating.list.flatMap(({ definition = '' }) => definition),
    ];
    const used = queries.flatMap((query) => [...query.matchAll(/\$\{?(\w+)\}?/g)].map(([, name = '']) => name));
    expect(used.filter((name) => !names.has(name) && name !== '__rate_interval')).toEqual([]);
  });
});
