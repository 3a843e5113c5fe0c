import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where what Prometheus and Grafana are given lies. */
export const CONFIGS = resolve(__dirname, '../../configs');
export const RULES = join(CONFIGS, 'prometheus/rules/background-jobs.yml');

/** What the tests look at of a dashboard. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly id: null;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly definition?: string;
    }[];
  };
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

export function readDashboard(): Dashboard {
  const file = join(CONFIGS, 'grafana/dashboards/background-jobs-dashboard.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
}

/** A query as Grafana would send it with everything chosen and the given window of rates. */
export function interpolate(query: string, window: string): string {
  return query
    .replaceAll('${prefix}', '')
    .replaceAll('$__rate_interval', window)
    .replaceAll(/\$(job|queue|type)\b/g, '.*');
}
