import { contract, include, type Part, script } from '../invariant.js';

/** What becomes of jobs whose processes die, and of those that were cancelled. */
export const crashes: Part = [
  {
    id: 'suspects',
    says: 'What a dead holder held comes back as suspect, and suspects are given one at a time.',
    shownBy: [
      contract('suspecting', 'suspects', 'are all jobs that a dead holder held, and none is blamed yet'),
      contract('suspecting', 'suspects', 'are given one a claim, in front of all others'),
      contract('suspecting', 'suspects', 'are not given to who does not take them'),
      contract('suspecting', 'suspects', 'do not put the blame on who runs beside them'),
    ],
    mutants: [
      include(
        'reclaim',
        'nobody-is-suspect',
        'nothing is suspect after a death',
        "local flags = with(record.flags, 's')",
        'local flags = record.flags',
      ),
      include(
        'reclaim',
        'blame-for-all',
        'everything the dead held is blamed',
        "if has(record, 's') or max_crashes == 0 then",
        'if true then',
      ),
      script(
        'claim',
        'suspects-together',
        'a claim takes suspects together',
        'and suspects_known > 0 and not suspect and spent',
        'and suspects_known > 0 and spent',
      ),
      script(
        'claim',
        'suspects-for-all',
        'suspects go to who does not take them',
        "while limit > 0 and ARGV[9] == 'yes' and",
        'while limit > 0 and',
      ),
    ],
  },
  {
    id: 'crashes-count',
    says: 'A job that killed as many processes as it may is dead-lettered, at once where it must not run twice.',
    shownBy: [
      contract('suspecting', 'suspects', 'fail as crashed after %i deaths of their own'),
      contract('suspecting', 'suspects', 'fail at the first death when they must not run twice'),
    ],
    mutants: [
      include(
        'reclaim',
        'one-crash-too-many',
        'a job may crash once more than it may',
        'if crashes >= max_crashes then',
        'if crashes > max_crashes then',
      ),
      include(
        'reclaim',
        'crashes-are-not-counted',
        'crashes are not counted',
        'crashes = crashes + 1',
        'crashes = crashes + 0',
      ),
      include(
        'reclaim',
        'runs-twice',
        'a job that must not run twice does',
        "if has(record, 's') or max_crashes == 0 then",
        "if has(record, 's') then",
      ),
    ],
  },
  {
    id: 'suspicion-ends',
    says: 'Suspicion ends when a job settles or outlives a heartbeat, and not before.',
    shownBy: [
      contract('suspecting', 'suspects', 'are cleared by outliving a heartbeat'),
      contract('suspecting', 'suspects', 'are not cleared by a heartbeat that does not say so'),
      contract('suspecting', 'suspects', 'are cleared by settling as %s'),
    ],
    mutants: [
      script(
        'tick',
        'never-cleared',
        'a job that outlives a heartbeat stays suspect',
        "== 'cleared' and has(record, 's') then",
        "== 'never' and has(record, 's') then",
      ),
      script(
        'tick',
        'cleared-by-all',
        'every heartbeat clears',
        "if ARGV[10 + index * 3] == 'cleared' and has",
        'if has',
      ),
      include(
        'end-attempt',
        'settling-clears-nobody',
        'a job that settles stays suspect',
        "without(changes.flags or record.flags, 'sc')",
        "without(changes.flags or record.flags, 'c')",
      ),
    ],
  },
  {
    id: 'cancelled-stays-cancelled',
    says: 'A cancelled job does not run, and a running one that was cancelled does not come back.',
    shownBy: [
      contract('cancelling', 'cancel', 'keeps a waiting job from ever running'),
      contract('cancelling', 'cancel', 'asks a running job to stop: its holder is told by its tick, again and again'),
      contract('cancelling', 'cancel', 'ends a running job that would come back: %s'),
      contract('cancelling', 'cancel', 'ends a running job whose holder dies'),
      contract('cancelling', 'cancel', 'ends a running job whose holder retires or does not know of it'),
    ],
    mutants: [
      include(
        'end-attempt',
        'cancel-is-overruled',
        'an attempt that would come back does, cancelled or not',
        "kind == 'cancelled' or (comes_back and has(record, 'c'))",
        "kind == 'cancelled'",
      ),
      include('cancel-one', 'cancel-stays-in-line', 'a cancelled job keeps its place', '  leave(id, record)\n', ''),
      include(
        'reclaim',
        'cancel-dies-with-its-holder',
        'a cancel is forgotten with the holder that was told',
        "  if has(record, 'c') then\n    return finish(id, record, 'cancelled')\n  end",
        '',
      ),
      include(
        'reclaim',
        'cancel-goes-back',
        'a cancelled job goes back to its line',
        "  if has(record, 'c') then\n    finish(id, record, 'cancelled')",
        '  if false then',
      ),
      script(
        'tick',
        'cancel-is-not-told',
        'a tick does not tell what is to be cancelled',
        'cancelled[#cancelled + 1] = index',
        '',
      ),
    ],
  },
];
