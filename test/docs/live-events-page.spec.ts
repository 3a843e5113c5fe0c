import { JobService } from 'nestjs-jobs';
import { EventClient } from '../api/event-client.js';
import { ApiUnderTest } from '../api/start-api.js';
import { waitFor } from '../servers/wait-for.js';
import { blocksOf, type Page, pages } from './pages.js';

const page = pages().find(({ name }) => name === 'docs/guide/live-events.md') as Page; // it is one of the repository

/** A piece of JSON with what differs from run to run as the page shows it. */
function masked(text: string): string {
  return text.replaceAll(/"(holder|worker)":"[^"]+"/g, '"$1":"…"').replaceAll(/"(duration|at)":[\d.]+/g, '"$1":…');
}

describe('live-events.md', () => {
  it('shows a call, and what it is answered', async () => {
    const blocks = blocksOf(page);
    const at = blocks.findIndex(({ language }) => language === 'bash');
    const query = /\$API\/events(\?[^"]*)"/.exec(blocks[at]?.code ?? '')?.[1] ?? '';
    const api = await ApiUnderTest.start({ jobs: { queues: { orders: { events: true } } } });
    await api.app.listen(0, '127.0.0.1');
    api.app.get(JobService).register('order.pay', () => 'paid', { queue: 'orders' });
    const client = await (await EventClient.open(api, query)).read();
    await api.submit('order.pay', {}, { id: 'A1' });
    await api.jobs.drain();
    await api.pass(1_000);
    await waitFor(() => client.events.length > 0, { what: 'the event' });
    expect(masked(client.text.trim())).toBe(blocks[at + 1]?.code.trim());
    await api.close();
  });
});
