import { NestLog } from './nest-log.js';

/** The log of one who was told whether the application's logger takes objects, and does not look at it. */
export class ToldLog extends NestLog {
  constructor(private readonly objects: boolean) {
    super();
  }

  protected override takesObjects(): boolean {
    return this.objects;
  }
}
