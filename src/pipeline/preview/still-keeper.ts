import type { StillEvent } from '../../core/preview-events.ts';
import type { SheetCell } from '../../media/picture-file.ts';
import { shrinkPicture } from '../../media/picture-file.ts';
import { clock } from './page/numbers.ts';
import type { PreviewFolder } from './preview-folder.ts';
import type { PreviewFrame } from './preview-pass.ts';
import type { StillReport } from './report.ts';
import {
  beforeAndAfter,
  finishStill,
  stillNames,
  stillPictures,
  writeStill,
  type ShowFacts,
} from './still.ts';

/** Pictures of the contact sheet are no larger. */
const sheetBox = 420;

/** A moment that is to be shown. */
export type StillAsk = {
  readonly frame: number;
  readonly seconds: number;
  readonly reason: string | undefined;
};

/** Turns swapped frames into stills, one after the other, in the background of the swap. */
export class StillKeeper {
  readonly reports: StillReport[] = [];
  readonly cells: SheetCell[] = [];
  readonly #folder: PreviewFolder;
  readonly #show: ShowFacts;
  readonly #onStill: (event: StillEvent) => void;
  readonly #onError: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  constructor({
    folder,
    show,
    onStill,
    onError,
  }: {
    readonly folder: PreviewFolder;
    readonly show: ShowFacts;
    readonly onStill: (event: StillEvent) => void;
    readonly onError: (error: unknown) => void;
  }) {
    this.#folder = folder;
    this.#show = show;
    this.#onStill = onStill;
    this.#onError = onError;
  }

  /**
   * Takes in a frame: its pictures are made at once, so that the frame may go on; they are written in their turn.
   * Resolves when that is done; never rejects.
   */
  keep(frame: PreviewFrame, ask: StillAsk): Promise<void> {
    const pictures = stillPictures(frame.item.frame.data, frame, this.#show);
    const { tracked, chosen } = frame;
    const write = async (): Promise<void> => {
      const names = stillNames(ask.frame);
      const files = await writeStill(pictures, names, this.#folder);
      this.#onStill({ event: 'still', ...ask, ...files, isDraft: false });
      const images = await finishStill(pictures, names, this.#folder);
      const { sampleAspect } = pictures;
      this.reports.push({
        ...ask,
        files: { before: names.before, after: names.after },
        images,
        faceCount: tracked.length,
        isSwapped: chosen.length > 0,
      });
      this.cells.push({
        pictures: await Promise.all(
          [pictures.before, pictures.after].map((picture) => shrinkPicture(picture, sheetBox, sampleAspect)),
        ),
        caption: `${clock(ask.seconds)}  frame ${ask.frame}${ask.reason === undefined ? '' : `  ${ask.reason}`}`,
      });
    };
    this.#last = this.#last.then(write).catch(this.#onError);
    return this.#last;
  }

  /** Writes a first look at a moment, which the still itself will replace. */
  async draft(frame: PreviewFrame, ask: StillAsk): Promise<void> {
    const pictures = beforeAndAfter(frame.item.frame.data, frame.before, this.#show);
    const files = await writeStill(pictures, stillNames(ask.frame), this.#folder);
    this.#onStill({ event: 'still', ...ask, ...files, isDraft: true });
  }

  /** Takes a first look away, at a moment that is not shown after all. */
  async withdraw({ frame }: StillAsk): Promise<void> {
    const { before, after } = stillNames(frame);
    for (const name of [before, after]) await this.#folder.remove(name);
  }

  /** Resolves when everything taken in is written. */
  async finish(): Promise<void> {
    await this.#last;
  }
}
