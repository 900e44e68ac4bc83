import type { Observable } from 'rxjs';
import type { RunEvent } from '../../core/events.ts';
import type { Scope } from '../../core/scope.ts';
import type { JobOptions } from './sidecars.ts';

/** One file to be worked on. */
export type JobRequest = {
  readonly target: string;
  /** Not there yet; nothing else is at this place. */
  readonly output: string;
  readonly options: JobOptions;
};

type Env = Readonly<Record<string, string | undefined>> | undefined;

export type JobSurroundings = {
  readonly signal: AbortSignal;
  readonly env: Env;
};

/** What a watch does with every file. The watch itself knows nothing about faces. */
export type JobKind = {
  /**
   * For the life of a watch: the same kind, which keeps open from job to job what they have in common, until the scope is
   * closed.
   */
  begin?(scope: Scope): JobKind;
  /** New settings hold: closes what is kept. */
  rest?(): void;
  /** Works on subscription. When it completes the output is whole; after an abort or an error nothing is left. */
  run(request: JobRequest, surroundings: JobSurroundings): Observable<RunEvent>;
  /** Checks options before any file is there. @throws {FacetError} when no file could be done with them */
  check(options: JobOptions, env: Env): Promise<void>;
  /** What the report says about the options' files and networks. */
  describe(options: JobOptions, env: Env): Promise<Readonly<Record<string, unknown>>>;
};
