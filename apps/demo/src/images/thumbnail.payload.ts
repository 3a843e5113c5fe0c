import { IsIn, IsInt, Matches, Max, Min } from 'class-validator';

export const THUMBNAIL_FORMATS = ['jpeg', 'webp'] as const;
export type ThumbnailFormat = (typeof THUMBNAIL_FORMATS)[number];

/** One small version of one picture. */
export class ThumbnailPayload {
  /** A file in `data/images`; a plain name, so that nobody can ask for another folder's. */
  @Matches(/^[\w-]+\.(?:jpg|png)$/)
  image!: string;

  /** Pixels; the height follows. */
  @IsInt()
  @Min(16)
  @Max(2_000)
  width!: number;

  @IsIn(THUMBNAIL_FORMATS)
  format!: ThumbnailFormat;
}
