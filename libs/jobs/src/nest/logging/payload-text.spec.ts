import { payloadText } from './payload-text.js';

const text = (payload: unknown, redact: readonly string[] = [], length = 1_000): string =>
  payloadText(JSON.stringify(payload), { redact, length });

describe('payloadText', () => {
  it('masks what is secret by its name, and what is named, at any depth and in lists', () => {
    const deep = (depth: number): unknown =>
      depth === 0 ? { password: 'p', iban: 'i', ok: 1 } : [{ a: deep(depth - 1) }];
    const shown = text({ deep: deep(12), apiKey: 'k', Authorization: 'Bearer x', IBAN: 5, 'i-ban': { of: 'x' } }, [
      'iban',
    ]);
    expect(shown).toContain('{"password":"***","iban":"***","ok":1}');
    expect(shown).toContain('"apiKey":"***","Authorization":"***","IBAN":"***","i-ban":"***"');
    expect(text('just text')).toBe('"just text"');
    expect(text({ password: null })).toBe('{"password":null}');
  });

  it('masks credentials in URLs', () => {
    expect(text({ from: 'https://ada:s3cret@example.org/?token=abc' })).toBe(
      '{"from":"https://***@example.org/?token=***"}',
    );
  });

  it('shows no more than the bound, and does not write what lies beyond it', () => {
    const shown = text({ text: 'x'.repeat(5_000), rows: Array.from({ length: 100_000 }, () => 'row') }, [], 100);
    expect(shown).toHaveLength(101);
    expect(shown.startsWith('{"text":"xxx')).toBe(true);
    expect(text({ a: { b: { secret: 'x'.repeat(50) } } }, [], 30)).toBe('{"a":{"b":{"secret":"***"}}}');
  });

  it('never throws', () => {
    expect(payloadText(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, { redact: [], length: 10 })).toMatch(/^\[/);
    expect(payloadText('no JSON', { redact: [], length: 10 })).toBe('[unreadable]');
  });
});
