import { blocksOf, type Page } from './pages.js';

/** A call that a page shows. */
export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly answer: unknown;
}

/** The calls that a page shows, each with the answer below it. */
export function callsOf(page: Page): readonly HttpCall[] {
  const blocks = blocksOf(page).filter(({ language }) => language === 'bash' || language === 'json');
  return blocks.flatMap(({ language, code }, index) => {
    const [, flags = '', path = '', rest = ''] = /^curl (-X \w+ )?"\$API([^"]*)"(.*)$/m.exec(code) ?? [];
    if (language !== 'bash' || path === '') {
      return [];
    }
    const json = /--json '([^']+)'/.exec(rest)?.[1];
    return [
      {
        method: /-X (\w+)/.exec(flags)?.[1] ?? (json === undefined ? 'GET' : 'POST'),
        path,
        ...(json === undefined ? {} : { body: JSON.parse(json) as unknown }),
        answer: JSON.parse(blocks[index + 1]?.code ?? '') as unknown,
      },
    ];
  });
}

/** The answer as the page shows it: what differs from run to run is `…` there, and so here. */
export function asShown(value: unknown, shown: unknown): unknown {
  if (shown === '…') {
    return typeof value === 'string' && value !== '' ? '…' : value;
  }
  if (Array.isArray(value) && Array.isArray(shown)) {
    return value.map((each, index) => asShown(each, shown[index]));
  }
  return typeof value === 'object' && value !== null && typeof shown === 'object' && shown !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, asShown(each, (shown as Record<string, unknown>)[key])]),
      )
    : value;
}
