import { contract, include, type Part, script, spec } from '../invariant.js';

const RESENDS = 'libs/jobs/src/adapters/redis/redis-resends.spec.ts';
const resent = (title: string) =>
  spec(RESENDS, 'a call whose answer was lost is answered again, not acted on again', title);

/** What is submitted, and what is said twice. */
export const submits: Part = [
  {
    id: 'one-job-an-id',
    says: 'An id that is there submits nothing and changes nothing, whatever state its job is in.',
    shownBy: [
      contract('submitting', 'submit', 'answers in order, one receipt a job'),
      contract(
        'submitting',
        'submit',
        'knows a duplicate in whatever state the first one is, and changes nothing of it',
      ),
      contract('submitting', 'submit', 'takes the first of two jobs with one id in one call'),
      contract('queue-limits', 'a full queue', 'knows a duplicate although it is full'),
    ],
    mutants: [
      script(
        'submit',
        'duplicate-is-written',
        'a job is written over one that is there',
        'if there[index] then',
        'if false then',
      ),
      script(
        'submit',
        'twice-in-a-call',
        'an id that comes twice in a call is not noticed',
        'if seen[id] then',
        'if false then',
      ),
      include(
        'submit-each',
        'duplicate-among-many',
        'an id that came before in the call is not noticed',
        'if there[index] or added[id] then',
        'if there[index] then',
      ),
    ],
  },
  {
    id: 'resends',
    says: 'A call that is sent again is answered again and not acted on again; an older one that comes late does nothing.',
    shownBy: [
      resent('submit'),
      resent('submit of a job that keeps nothing, and has finished meanwhile'),
      resent('claim'),
      resent('settle'),
      resent('firings of a schedule: each occurrence is submitted and counted once'),
      spec(RESENDS, 'a tick that was given up and comes late takes nothing back that was claimed since'),
    ],
    mutants: [
      include(
        'change',
        'resend-acts-again',
        'a resend acts again',
        'answered = given == sequence and reply or nil',
        'answered = nil',
      ),
      include(
        'change',
        'latecomer-acts',
        'an older call that comes late acts',
        'if given > sequence then',
        'if false then',
      ),
      include(
        'change',
        'wrong-answer',
        'the answer is remembered under another call',
        "format('%.0f:%.0f:%s', sequence, now, reply)",
        "format('%.0f:%.0f:%s', sequence - 1, now, reply)",
      ),
      include(
        'claim-again',
        'claim-again-gives-nothing',
        'a claim that is sent again is answered with no jobs',
        'record.token == answered and record.holder == holder then',
        'record.token ~= answered and record.holder == holder then',
      ),
    ],
  },
  {
    id: 'fired-once',
    says: 'An occurrence of a schedule is submitted once, however many decide on it.',
    shownBy: [
      contract('firing', 'a firing', 'is done once, however many decide on it'),
      contract('firing', 'a firing', 'comes to nothing when it is not due, was changed, or is not there'),
      contract('firing', 'a firing', 'leaves a job of its id that is there, and goes on'),
      contract('firing', 'a firing', 'submits its job, keeps the books and sets the next time'),
    ],
    mutants: [
      script(
        'fire-schedule',
        'revision-is-not-read',
        'whoever read it earlier fires it again',
        'or (not by_hand and schedule.revision ~= ARGV[8])',
        '',
      ),
      include(
        'keep-schedule',
        'revision-stays',
        'a firing leaves the revision as it was',
        "format('%.0f', schedule.revision + 1)",
        "format('%.0f', schedule.revision + 0)",
      ),
      script(
        'fire-schedule',
        'fired-early',
        'an occurrence is fired before it is due',
        "or (is_due and (schedule.due == '' or tonumber(schedule.due) > now))",
        '',
      ),
      script(
        'fire-schedule',
        'fired-over-a-job',
        'a firing writes over a job of its id',
        'if there then',
        'if false then',
      ),
    ],
  },
  {
    id: 'runs-are-counted',
    says: 'A schedule counts its runs, and the one that it may run last is the last.',
    shownBy: [
      contract('firing', 'a firing', 'is the last one when it has run as often as it may'),
      contract('firing', 'a firing', 'by hand changes neither times nor counts'),
    ],
    mutants: [
      script(
        'fire-schedule',
        'one-run-too-many',
        'it runs once more than it may',
        'if most > 0 and runs >= most then',
        'if most > 0 and runs > most then',
      ),
      script(
        'fire-schedule',
        'by-hand-is-counted',
        'a run by hand is counted',
        'if not by_hand then\n  local runs',
        'if true then\n  local runs',
      ),
    ],
  },
  {
    id: 'overlaps',
    says: 'While a job of its schedule has not ended, the next occurrence is fired, left out, waits or takes its place, as told.',
    shownBy: [
      contract('firing', 'an occurrence while a job before it has not ended', 'is left out: skip'),
      contract('firing', 'an occurrence while a job before it has not ended', 'takes its place: cancel-previous'),
      contract(
        'firing',
        'an occurrence while a job before it has not ended',
        'waits for it, and no second one does: queue-one',
      ),
    ],
    mutants: [
      script(
        'fire-schedule',
        'skip-fires',
        'it is fired where it is to be left out',
        "elseif is_due and overlap == 'skip' and #before > 0 then",
        "elseif is_due and overlap == 'skip' and #before > 1 then",
      ),
      script(
        'fire-schedule',
        'second-one-waits',
        'a second one takes the place of the one that waits',
        "schedule.waiting = schedule.waiting == '' and occurrence or schedule.waiting",
        'schedule.waiting = occurrence',
      ),
      script(
        'fire-schedule',
        'previous-goes-on',
        'the one before goes on',
        'for _, previous in ipairs(before) do',
        'for _, previous in ipairs({}) do',
      ),
      include(
        'schedules',
        'retrying-has-ended',
        'a job counts as ended that is not',
        'completed = true, failed = true,',
        'completed = true, failed = true, retrying = true,',
      ),
    ],
  },
  {
    id: 'moving-slots',
    says: 'While the slot of a queue moves between nodes of a Cluster, no call does a part of what it does.',
    shownBy: [
      spec(
        'libs/jobs/src/adapters/redis/redis-moving-slot.spec.ts',
        'while the slot of a queue moves, and its keys lie on two nodes',
        'nothing is changed, and what was asked for is done once it has arrived',
      ),
    ],
    mutants: [
      {
        id: 'one-key-a-call',
        breaks: 'a call names one key, and a node begins what it cannot end',
        file: 'libs/jobs/src/adapters/redis/scripts/script-caller.ts',
        find: 'return this.connection.isCluster ? [base, this.keys.absent(queue)] : [base];',
        replace: 'return [base];',
      },
    ],
  },
];
