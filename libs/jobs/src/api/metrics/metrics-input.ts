import type { Duration } from '../../domain/duration.js';
import { DurationField, FromQuery, NameField, TimeField } from '../input/fields.js';

/** Which jobs figures are of. */
class SeriesQuery {
  @NameField({ description: 'All queues unless told' })
  readonly queue?: string;

  @NameField({ description: 'All types unless told' })
  readonly type?: string;
}

/** Which jobs a summary is of, and how far back. */
export class SummaryQuery extends SeriesQuery {
  @FromQuery()
  @DurationField({ description: 'How far back, a day at most; 1h unless told' })
  readonly since?: Duration;
}

/** Which points a history has. */
export class HistoryQuery extends SeriesQuery {
  @TimeField({ description: 'The minute it begins with, a day ago at most; an hour before `to` unless told' })
  readonly from?: string;

  @TimeField({ description: 'Minutes that begin before this time; now unless told' })
  readonly to?: string;

  @FromQuery()
  @DurationField({ description: 'What a point is of: whole minutes; 1m unless told' })
  readonly step?: Duration;
}
