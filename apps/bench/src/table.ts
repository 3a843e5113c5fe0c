import { ENGINE_NAMES, type EngineName } from './engines/engine.js';
import type { EngineResult, RowResult } from './run.js';

/** All rows as one Markdown table: medians with their range, and beside each peer our ratio to it. */
export function markdownTable(rows: readonly RowResult[]): string {
  const head = ['', 'unit', ...ENGINE_NAMES];
  const lines = rows.map(({ title, unit, engines, against }) => [
    against === undefined ? title : `${title}; **${ratioText(against.ratio)}** of that ${against.title}`,
    unit,
    ...ENGINE_NAMES.map((engine) => cell(engine, engines[engine])),
  ]);
  return [head, head.map((_, index) => (index > 1 ? '--:' : '---')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function cell(engine: EngineName, result: EngineResult | undefined): string {
  if (result === undefined) {
    return '—';
  }
  if (result.runs.length === 0) {
    return 'failed';
  }
  const range = result.runs.length > 1 ? ` (${figure(result.least)}–${figure(result.most)})` : '';
  const ratio = engine === 'nestjs-jobs' || result.ratio === undefined ? '' : ` · **${ratioText(result.ratio)}**`;
  return `${figure(result.median)}${range}${ratio}`;
}

/** Three significant digits, with separators. */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio with two to three digits. */
export function ratioText(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio < 1 ? 2 : 1)}×`;
}
