import type { TimingReport } from '../report.ts';
import { html, type Markup } from './html.ts';
import { guess, number, seconds } from './numbers.ts';

/** How long things took, and what that means for the whole file. */
export function timings({
  stages,
  framesSwapped,
  seconds: took,
  firstStillSeconds,
  wholeFile,
}: TimingReport): Markup {
  const longest = Math.max(1e-9, ...Object.values(stages));
  return html`<section>
    <h2>Timings <small>milliseconds a frame that each stage was at work</small></h2>
    <table>
      <tbody>
        ${Object.entries(stages).map(
          ([stage, ms]) =>
            html`<tr>
              <th scope="row">${stage}</th>
              <td>${ms.toFixed(1)} ms</td>
              <td>
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect width="${((100 * ms) / longest).toFixed(1)}" height="8" rx="1" />
                </svg>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="note">
      This preview took ${seconds(took)} for ${number(framesSwapped)} swapped
      ${framesSwapped === 1 ? 'frame' : 'frames'}${
        firstStillSeconds !== undefined && `; the first still was there after ${seconds(firstStillSeconds)}`
      }.
      ${wholeFile && `The whole file: ${guess(wholeFile.seconds)}, ${wholeFile.basis}`}
    </p>
  </section>`;
}
