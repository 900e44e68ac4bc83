import { exitCodes, FacetError } from '../../core/errors.ts';

/** What the user is told about an error: sentence, hint and, with --debug, where it came from. */
export function errorLines(error: unknown, { isDebug }: { readonly isDebug: boolean }): readonly string[] {
  const lines: string[] = [];
  const first = leading(error);
  if (first instanceof FacetError) {
    const where = first.frameIndex === undefined ? '' : ` (frame ${first.frameIndex})`;
    lines.push(`facet: ${first.message}${where}`, `  ${first.hint}`);
  } else {
    const message = first instanceof Error ? first.message : String(first);
    lines.push(
      `facet: ${message}`,
      '  This is a fault in facet. Run it again with --debug and report the trace.',
    );
  }
  if (isDebug) lines.push('', ...trace(error));
  return lines;
}

/** Exit code of the command for an error; anything that is not ours is a bug. */
export function exitCodeOf(error: unknown): number {
  const first = leading(error);
  return first instanceof FacetError ? first.exitCode : exitCodes.bug;
}

/** The error as one `--json` line. */
export function errorEvent(error: unknown): Readonly<Record<string, unknown>> {
  const first = leading(error);
  if (!(first instanceof FacetError)) {
    return { event: 'error', code: 'BUG', message: first instanceof Error ? first.message : String(first) };
  }
  const { code, message, hint, stage, frameIndex, exitCode } = first;
  return { event: 'error', code, message, hint, exitCode, stage, frameIndex };
}

/** Closing problems never hide the first error: of several, the first leads. A stage's wrapper gives way to ours. */
function leading(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return leading(error.errors[0]);
  if (error instanceof Error && !(error instanceof FacetError) && error.cause instanceof FacetError) {
    return error.cause;
  }
  return error;
}

function trace(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const lines = [error.stack ?? error.message];
  if (error instanceof AggregateError) for (const part of error.errors) lines.push(...trace(part));
  if (error.cause !== undefined) lines.push('Caused by:', ...trace(error.cause));
  return lines;
}
