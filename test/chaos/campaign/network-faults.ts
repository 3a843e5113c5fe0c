import type { ScriptName } from '../../../libs/jobs/src/adapters/redis/scripts/scripts.generated.js';
import type { Cut, TcpProxy } from '../../servers/tcp-proxy.js';
import { callOf } from '../harness/scripts.js';
import type { Seeded } from '../harness/seeded.js';
import type { Fault } from './fault.js';

/** What can go wrong between a group of processes and their Redis. */
export function networkFaults(of: string, proxy: TcpProxy, scripts: readonly ScriptName[], seeded: Seeded): Fault[] {
  const cuts = new Map<string, Cut>();
  const cut = (name: string, make: () => Cut): Fault => ({
    name,
    lasts: [300, 1_500],
    strike: () => void cuts.set(name, make()),
    heal: () => cuts.get(name)?.cancel(),
  });
  return [
    { name: `${of} lose their connections`, strike: () => proxy.dropAll() },
    {
      name: `${of} cannot connect`,
      lasts: [300, 2_000],
      strike: async () => {
        await proxy.refuse(true);
        proxy.dropAll();
      },
      heal: () => proxy.refuse(false),
    },
    {
      name: `nothing of ${of} arrives (black hole)`,
      lasts: [300, 3_000],
      strike: () => proxy.blackhole(true),
      heal: () => proxy.blackhole(false),
    },
    {
      name: `nothing arrives at ${of} (black hole)`,
      lasts: [300, 3_000],
      strike: () => proxy.blackhole('replies'),
      heal: () => proxy.blackhole(false),
    },
    {
      name: `the network of ${of} is slow`,
      lasts: [500, 2_000],
      strike: () => proxy.delay(seeded.between(20, 200)),
      heal: () => proxy.delay(0),
    },
    ...scripts.flatMap((script) => [
      cut(`replies to ${script} of ${of} are cut off`, () =>
        proxy.cutAfterRequest(callOf(script), seeded.between(1, 5)),
      ),
      cut(`${script} of ${of} does not arrive`, () => proxy.cutBeforeRequest(callOf(script), seeded.between(1, 5))),
    ]),
  ];
}
